//! The tokenizer of a model folder: tokenizer.json, and the tokens that the other files add to it.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;
use tokenizers::{AddedToken, Tokenizer};

pub struct ModelTokenizer {
    tokenizer: Arc<Tokenizer>,
    vocabulary_size: u32,
    added_count: usize,
    /// The special tokens that decode() skips when it shows some of them.
    skipped: Option<HashSet<u32>>,
}

/// A token that a configuration names in addition to tokenizer.json.
struct Addition {
    token: AddedToken,
    /// The id that the configuration gives it; none = whatever comes next.
    id: Option<u32>,
    /// Leave a token of that text as it is, whatever its flags are.
    only_if_missing: bool,
}

impl ModelTokenizer {
    /// `additions` is a JSON list; include/hir_tokenizer.h describes its items.
    pub fn new(json: &[u8], additions: &str) -> Result<Self, String> {
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(|e| e.to_string())?;
        tokenizer.with_truncation(None).map_err(|e| e.to_string())?;
        tokenizer.with_padding(None);
        let additions = wanted(&tokenizer, parse(additions)?);
        let (with_id, without_id): (Vec<_>, Vec<_>) =
            additions.into_iter().partition(|addition| addition.id.is_some());
        let added_count = with_id.len() + without_id.len();
        add(&mut tokenizer, &with_id)?;
        let vocabulary_size = vocabulary_size(&tokenizer);
        add(&mut tokenizer, &without_id)?;
        let tokenizer = Arc::new(tokenizer);
        Ok(ModelTokenizer { tokenizer, vocabulary_size, added_count, skipped: None })
    }

    pub fn encode(&self, text: &str) -> Result<Vec<u32>, String> {
        let encoding = self.tokenizer.encode_fast(text, false).map_err(|e| e.to_string())?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The tokens that the post-processor prepends. They are the same for every text, so any text will do.
    pub fn prompt_prefix(&self) -> Result<Vec<u32>, String> {
        let encoding = self.tokenizer.encode_fast("a", true).map_err(|e| e.to_string())?;
        let special = encoding.get_special_tokens_mask().iter().take_while(|mask| **mask == 1);
        Ok(encoding.get_ids()[..special.count()].to_vec())
    }

    pub fn decode(&self, ids: &[u32], skip_special_tokens: bool) -> Result<String, String> {
        match &self.skipped {
            Some(skipped) if skip_special_tokens => {
                let shown: Vec<u32> =
                    ids.iter().copied().filter(|id| !skipped.contains(id)).collect();
                self.tokenizer.decode(&shown, false)
            }
            _ => self.tokenizer.decode(ids, skip_special_tokens),
        }
        .map_err(|e| e.to_string())
    }

    /// The same tokenizer, except that decode() never skips the special tokens whose text occurs in `text`.
    pub fn showing(&self, text: &str) -> Self {
        let special =
            self.tokenizer.get_added_tokens_decoder().into_iter().filter(|(_, t)| t.special);
        let (shown, skipped): (Vec<_>, Vec<_>) =
            special.partition(|(_, token)| text.contains(&token.content));
        let skipped =
            (!shown.is_empty()).then(|| skipped.into_iter().map(|(id, _)| id).collect());
        ModelTokenizer {
            tokenizer: Arc::clone(&self.tokenizer),
            vocabulary_size: self.vocabulary_size,
            added_count: self.added_count,
            skipped,
        }
    }

    pub fn vocabulary_size(&self) -> u32 {
        self.vocabulary_size
    }

    pub fn added_count(&self) -> usize {
        self.added_count
    }

    pub fn token_id(&self, token: &str) -> Option<u32> {
        self.tokenizer.token_to_id(token)
    }
}

fn vocabulary_size(tokenizer: &Tokenizer) -> u32 {
    tokenizer.get_vocab(true).into_values().max().map_or(0, |id| id + 1)
}

fn parse(additions: &str) -> Result<Vec<Addition>, String> {
    let list: Vec<Value> = serde_json::from_str(additions).map_err(|e| e.to_string())?;
    list.into_iter()
        .map(|entry| {
            Ok(Addition {
                id: entry["id"].as_u64().and_then(|id| id.try_into().ok()),
                only_if_missing: entry["only_if_missing"] == true,
                token: serde_json::from_value(entry).map_err(|e| e.to_string())?,
            })
        })
        .collect()
}

/// Those that change something. Of several that are added for want of their text the last gives the
/// flags and the first the place.
fn wanted(tokenizer: &Tokenizer, additions: Vec<Addition>) -> Vec<Addition> {
    let known: Vec<AddedToken> = tokenizer.get_added_tokens_decoder().into_values().collect();
    let given = additions.iter().filter(|addition| !addition.only_if_missing);
    let contents: HashSet<String> = known.iter().chain(given.map(|addition| &addition.token))
        .map(|token| token.content.clone())
        .collect();
    additions
        .into_iter()
        .filter(|addition| {
            let missing = !contents.contains(&addition.token.content);
            let wanted = if addition.only_if_missing { missing } else { !known.contains(&addition.token) };
            wanted && !addition.token.content.is_empty()
        })
        .collect()
}

fn add(tokenizer: &mut Tokenizer, additions: &[Addition]) -> Result<(), String> {
    let is_missing: Vec<bool> = additions
        .iter()
        .map(|addition| tokenizer.token_to_id(&addition.token.content).is_none())
        .collect();
    let tokens: Vec<AddedToken> = additions.iter().map(|addition| addition.token.clone()).collect();
    tokenizer.add_tokens(&tokens);
    for (addition, missing) in additions.iter().zip(is_missing) {
        let content = &addition.token.content;
        let (Some(wanted), Some(got)) = (addition.id, tokenizer.token_to_id(content)) else {
            continue;
        };
        if missing && wanted != got {
            return Err(format!(
                "the model folder adds the token {content:?} with id {wanted}, but the next id \
                 after those of tokenizer.json is {got}"
            ));
        }
    }
    Ok(())
}
