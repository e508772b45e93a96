//! The error of every step, from reading a template to rendering it.

/// The corresponding Python exception, if Jinja2 itself or a filter catches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Type,
    Value,
    Lookup,
    Overflow,
    /// Jinja2 would render it, but this program doesn't support it.
    Unsupported,
    /// Any other error; nothing catches it.
    Other,
}

#[derive(Clone, Debug)]
pub struct Error {
    pub kind: Kind,
    pub message: String,
    /// Line of the template, from 1; 0 if it isn't known yet.
    pub line: usize,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), line: 0 }
    }

    /// Keeps a line that is already known, since the innermost is the most precise.
    pub fn at(mut self, line: usize) -> Self {
        if self.line == 0 {
            self.line = line;
        }
        self
    }
}

pub fn type_error<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::new(Kind::Type, message))
}

pub fn value_error<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::new(Kind::Value, message))
}

pub fn unsupported<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::new(Kind::Unsupported, message))
}

pub fn other_error<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::new(Kind::Other, message))
}
