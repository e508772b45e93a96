//! A template after parsing. Nodes are shared between threads, so they hold no values but constants.

use std::sync::Arc;

use num_bigint::BigInt;

use super::scope::Scope;

pub enum Const {
    None,
    Bool(bool),
    Int(BigInt),
    Float(f64),
    Str(Arc<str>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
}

pub enum Expr {
    Const(Const),
    Name(Arc<str>),
    Tuple(Vec<Expr>),
    List(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Neg(Box<Expr>),
    Pos(Box<Expr>),
    Not(Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    /// Joined with ~.
    Concat(Vec<Expr>),
    Compare(Box<Expr>, Vec<(Compare, Expr)>),
    /// Test, value, and the value otherwise.
    Cond(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
    GetAttr(Box<Expr>, Arc<str>),
    GetItem(Box<Expr>, Box<Expr>),
    /// Start, stop and step.
    Slice(Box<Expr>, Box<[Option<Expr>; 3]>),
    Call(Box<Expr>, Box<CallArgs>),
    /// Without a value in a filter block, where the block's text takes its place.
    Filter(Option<Box<Expr>>, Arc<str>, Box<CallArgs>),
    Test(Box<Expr>, Arc<str>, Box<CallArgs>),
}

#[derive(Default)]
pub struct CallArgs {
    pub positional: Vec<Expr>,
    pub named: Vec<(Arc<str>, Expr)>,
    /// *list and **dict.
    pub star: Option<Expr>,
    pub double_star: Option<Expr>,
}

pub enum Target {
    Name(Arc<str>),
    /// namespace.attribute
    Attribute(Arc<str>, Arc<str>),
    Tuple(Vec<Target>),
}

pub struct Stmt {
    pub line: usize,
    pub kind: StmtKind,
}

pub enum StmtKind {
    Text(Arc<str>),
    Print(Expr),
    If(Vec<(Expr, Vec<Stmt>)>, Vec<Stmt>),
    For(Arc<For>),
    Set(Target, Expr),
    SetBlock(Block, Target, Option<Expr>),
    Macro(Arc<Macro>),
    /// The call, and the block as the macro `caller`.
    CallBlock(Expr, Arc<Macro>),
    Generation(Arc<Macro>),
    FilterBlock(Block, Expr),
    With(Vec<(Target, Expr)>, Block),
    Break,
    Continue,
}

/// Statements with names of their own.
#[derive(Default)]
pub struct Block {
    pub body: Vec<Stmt>,
    pub scope: Scope,
}

pub struct For {
    pub target: Target,
    pub iter: Expr,
    pub test: Option<Expr>,
    pub test_scope: Scope,
    pub recursive: bool,
    /// Whether the body can see `loop`.
    pub extended: bool,
    pub body: Block,
    pub otherwise: Block,
}

pub struct Macro {
    /// Empty for the block of a call.
    pub name: Arc<str>,
    pub line: usize,
    pub parameters: Vec<Arc<str>>,
    /// Of the last parameters.
    pub defaults: Vec<Expr>,
    pub body: Block,
    /// Whether the body uses these names without declaring them.
    pub caller: bool,
    pub kwargs: bool,
    pub varargs: bool,
}
