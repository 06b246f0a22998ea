//! TOML as locks are written: a reader for texts in which nothing is unusual.
//!
//! It knows headers, bare and quoted keys, texts without escapes, whole numbers, switches, arrays
//! and inline tables, which is all that uv writes, and it gives up at anything else: comments after
//! values, escapes, dates, dotted keys, keys that are there twice. Then the whole text is read by
//! the `toml` crate, which also says what is wrong with it. A test holds both against each other.

use std::ops::Range;

/// A text as a tree, all of whose names and values are parts of the text.
#[derive(Debug, Default)]
pub(in crate::source) struct Tree<'t> {
    /// The items of arrays and of inline tables, and the entries below headers: each in one run.
    items: Vec<Item<'t>>,
    /// The tables that have a header; the first is the document.
    headed: Vec<Headed<'t>>,
    /// The tables below headers in double brackets.
    lists: Vec<Vec<Item<'t>>>,
}

/// A value with its key; in an array without.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Item<'t> {
    pub(in crate::source) key: &'t str,
    /// Where the key begins, or the value where there is none.
    pub(in crate::source) key_at: usize,
    pub(in crate::source) at: usize,
    pub(in crate::source) value: Value<'t>,
}

#[derive(Clone, Copy, Debug)]
pub(in crate::source) enum Value<'t> {
    Text(&'t str),
    Number(&'t str),
    Switch(bool),
    Array(Run),
    Table(Place),
    /// The number of a list of tables.
    Tables(usize),
}

/// A run of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Run {
    start: usize,
    end: usize,
}

/// Where the entries of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Place {
    Inline(Run),
    /// The number of a header.
    Headed(usize),
}

/// A table below a header.
#[derive(Debug)]
struct Headed<'t> {
    entries: Run,
    /// What further headers add.
    more: Vec<Item<'t>>,
}

impl<'t> Tree<'t> {
    /// The table of the whole document.
    pub(in crate::source) const TOP: Place = Place::Headed(0);

    pub(in crate::source) fn array(&self, run: Run) -> &[Item<'t>] {
        &self.items[run.start..run.end]
    }

    pub(in crate::source) fn tables(&self, list: usize) -> &[Item<'t>] {
        &self.lists[list]
    }

    /// The entries of a table, those that further headers add last.
    pub(in crate::source) fn entries(&self, place: Place) -> [&[Item<'t>]; 2] {
        match place {
            Place::Inline(run) => [self.array(run), &[]],
            Place::Headed(number) => {
                let headed = &self.headed[number];
                [self.array(headed.entries), &headed.more]
            }
        }
    }

    /// The entry of a key.
    pub(in crate::source) fn get(&self, place: Place, key: &str) -> Option<&Item<'t>> {
        let [own, more] = self.entries(place);
        // A table of many entries is in the order of its keys.
        let own = match own {
            [] => None,
            few if few.len() <= FEW => few.iter().find(|item| item.key == key),
            many => {
                let found = many.binary_search_by(|item| item.key.cmp(key));
                found.ok().map(|at| &many[at])
            }
        };
        own.or_else(|| more.iter().find(|item| item.key == key))
    }
}

/// As many entries as are looked through one after the other.
const FEW: usize = 16;

/// As many tables as further headers may add to one.
const MOST_HEADERS: usize = 256;

/// Deeper than any lock nests its arrays and tables.
const DEEPEST: usize = 16;

/// As many items as are kept, some two hundred megabytes of them: three times what fifty thousand
/// packages with ten requirements each have.
const MOST_ITEMS: usize = 1 << 22;

/// Reads a text; nothing where anything in it is unusual.
pub(super) fn parse(text: &str) -> Option<Tree<'_>> {
    let mut reader = Reader {
        text,
        at: 0,
        tree: Tree::default(),
        open: Vec::new(),
        current: 0,
    };
    reader.tree.headed.push(Headed::default());
    while reader.at < text.len() {
        reader.line()?;
    }
    reader.close_current()?;
    Some(reader.tree)
}

impl Default for Headed<'_> {
    fn default() -> Self {
        Self {
            entries: Run { start: 0, end: 0 },
            more: Vec::new(),
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    tree: Tree<'t>,
    /// The items of what is not closed yet, inner ones last.
    open: Vec<Item<'t>>,
    /// The header that entries are below.
    current: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn skip_while(&mut self, goes_on: impl Fn(u8) -> bool) -> Range<usize> {
        let start = self.at;
        while self.peek().is_some_and(&goes_on) {
            self.at += 1;
        }
        start..self.at
    }

    fn skip_spaces(&mut self) {
        self.skip_while(|byte| byte == b' ');
    }

    fn skip_spaces_and_breaks(&mut self) -> Option<()> {
        loop {
            self.skip_while(|byte| matches!(byte, b' ' | b'\n'));
            if self.peek() != Some(b'\r') {
                return Some(());
            }
            self.end_of_line()?;
        }
    }

    fn end_of_line(&mut self) -> Option<()> {
        match self.peek() {
            None => return Some(()),
            Some(b'\r') => self.at += 1,
            Some(_) => {}
        }
        self.eat(b'\n')
    }

    fn line(&mut self) -> Option<()> {
        match self.peek()? {
            b'\n' | b'\r' => self.end_of_line(),
            b'#' => {
                self.skip_while(|byte| byte >= b' ' && byte != 0x7f);
                self.end_of_line()
            }
            b'[' => {
                self.header()?;
                self.end_of_line()
            }
            _ => {
                let item = self.entry(0)?;
                self.open.push(item);
                self.end_of_line()
            }
        }
    }

    /// `key = value`.
    fn entry(&mut self, depth: usize) -> Option<Item<'t>> {
        let (key_at, key) = (self.at, self.key()?);
        self.skip_spaces();
        self.eat(b'=')?;
        self.skip_spaces();
        let (at, value) = (self.at, self.value(depth)?);
        Some(Item {
            key,
            key_at,
            at,
            value,
        })
    }

    fn key(&mut self) -> Option<&'t str> {
        if self.peek() == Some(b'"') {
            return self.string();
        }
        let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let range = self.skip_while(is_bare);
        (!range.is_empty()).then(|| &self.text[range])
    }

    /// A text without escapes, on one line.
    fn string(&mut self) -> Option<&'t str> {
        self.eat(b'"')?;
        let range =
            self.skip_while(|byte| byte >= b' ' && byte != b'"' && byte != b'\\' && byte != 0x7f);
        let is_empty = range.is_empty();
        self.eat(b'"')?;
        // Three quotes begin a text over several lines.
        if is_empty && self.peek() == Some(b'"') {
            return None;
        }
        Some(&self.text[range])
    }

    fn value(&mut self, depth: usize) -> Option<Value<'t>> {
        if depth > DEEPEST || self.tree.items.len() + self.open.len() > MOST_ITEMS {
            return None;
        }
        match self.peek()? {
            b'"' => self.string().map(Value::Text),
            b'[' => self.array(depth),
            b'{' => self.inline_table(depth),
            b'0'..=b'9' => self.number(),
            b't' | b'f' => self.switch(),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Value<'t>> {
        let range = self.skip_while(|byte| byte.is_ascii_digit());
        let number = &self.text[range];
        let is_plain = number == "0" || (number.len() <= 18 && !number.starts_with('0'));
        (is_plain && self.is_end_of_value()).then_some(Value::Number(number))
    }

    fn switch(&mut self) -> Option<Value<'t>> {
        let range = self.skip_while(|byte| byte.is_ascii_lowercase());
        let is_on = match &self.text[range] {
            "true" => true,
            "false" => false,
            _ => return None,
        };
        self.is_end_of_value().then_some(Value::Switch(is_on))
    }

    fn is_end_of_value(&self) -> bool {
        matches!(
            self.peek(),
            None | Some(b' ' | b'\n' | b'\r' | b',' | b']' | b'}')
        )
    }

    fn array(&mut self, depth: usize) -> Option<Value<'t>> {
        self.eat(b'[')?;
        let below = self.open.len();
        loop {
            self.skip_spaces_and_breaks()?;
            if self.eat(b']').is_some() {
                return Some(Value::Array(self.close(below)));
            }
            let (at, value) = (self.at, self.value(depth + 1)?);
            self.open.push(Item {
                key: "",
                key_at: at,
                at,
                value,
            });
            self.skip_spaces_and_breaks()?;
            if self.peek() != Some(b']') {
                self.eat(b',')?;
            }
        }
    }

    fn inline_table(&mut self, depth: usize) -> Option<Value<'t>> {
        self.eat(b'{')?;
        let below = self.open.len();
        self.skip_spaces();
        if self.eat(b'}').is_none() {
            loop {
                let item = self.entry(depth + 1)?;
                self.open.push(item);
                self.skip_spaces();
                if self.eat(b'}').is_some() {
                    break;
                }
                self.eat(b',')?;
                self.skip_spaces();
            }
        }
        self.sort_and_check(below)?;
        Some(Value::Table(Place::Inline(self.close(below))))
    }

    /// Puts the innermost open items into their run.
    fn close(&mut self, below: usize) -> Run {
        let start = self.tree.items.len();
        self.tree.items.extend(self.open.drain(below..));
        Run {
            start,
            end: self.tree.items.len(),
        }
    }

    /// Gives up where a key is there twice; puts many entries into the order of their keys.
    fn sort_and_check(&mut self, below: usize) -> Option<()> {
        let items = &mut self.open[below..];
        let is_once = if items.len() <= FEW {
            let earlier = |at: usize| items[..at].iter().map(|item| item.key);
            (0..items.len()).all(|at| earlier(at).all(|key| key != items[at].key))
        } else {
            items.sort_unstable_by_key(|item| item.key);
            items.windows(2).all(|pair| pair[0].key != pair[1].key)
        };
        is_once.then_some(())
    }

    /// Ends what is below the current header.
    fn close_current(&mut self) -> Option<()> {
        self.sort_and_check(0)?;
        let run = self.close(0);
        self.tree.headed[self.current].entries = run;
        Some(())
    }

    /// `[a.b]`, or `[[a.b]]`. What lies before the last key must be there.
    fn header(&mut self) -> Option<()> {
        self.close_current()?;
        let at = self.at;
        self.eat(b'[')?;
        let is_list = self.eat(b'[').is_some();
        let mut parent = 0;
        let (mut key_at, mut key) = (self.at, self.key()?);
        while self.eat(b'.').is_some() {
            parent = self.inner(parent, key)?;
            (key_at, key) = (self.at, self.key()?);
        }
        self.eat(b']')?;
        if is_list {
            self.eat(b']')?;
        }
        let number = self.tree.headed.len();
        let item = |value| Item {
            key,
            key_at,
            at,
            value,
        };
        let table = item(Value::Table(Place::Headed(number)));
        let known = self.tree.get(Place::Headed(parent), key);
        match known.map(|item| item.value) {
            None if is_list && self.tree.headed[parent].more.len() <= MOST_HEADERS => {
                let list = item(Value::Tables(self.tree.lists.len()));
                self.tree.lists.push(vec![table]);
                self.tree.headed[parent].more.push(list);
            }
            // They are looked through one after the other, and no lock has many.
            None if self.tree.headed[parent].more.len() > MOST_HEADERS => return None,
            None => self.tree.headed[parent].more.push(table),
            Some(Value::Tables(list)) if is_list => self.tree.lists[list].push(table),
            Some(_) => return None,
        }
        self.tree.headed.push(Headed::default());
        self.current = number;
        Some(())
    }

    /// The table below a header that a key leads to; of several the last.
    fn inner(&self, parent: usize, key: &str) -> Option<usize> {
        let item = self.tree.get(Place::Headed(parent), key)?;
        let item = match item.value {
            Value::Tables(list) => self.tree.lists[list].last()?,
            _ => item,
        };
        match item.value {
            Value::Table(Place::Headed(number)) => Some(number),
            _ => None,
        }
    }
}
