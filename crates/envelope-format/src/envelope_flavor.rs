//! The flavor `envelope`, which this project adds to an `MLmodel`: how to run the package without
//! Python, and the digest of every file. MLflow ignores flavors that it does not know.

use crate::yaml::Node;

/// The flavor's name.
pub const NAME: &str = "envelope";
/// The version of the flavor's own layout.
pub const FORMAT_VERSION: i64 = 1;

/// The key under which stands what is recorded of the run that made the model: its files `record`,
/// `patch` and `page`, and facts that it can be found by.
pub const PROVENANCE: &str = "provenance";

/// The key under which a prune of the requirements is told: `from`, `prune`, `keep`, and
/// [`REMOVED_MODULES`].
pub const REQUIREMENTS: &str = "requirements";
/// The key of the modules that went with a prune, each with its package.
pub const REMOVED_MODULES: &str = "removed_modules";

/// What the flavor says, but for the digests.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct EnvelopeFlavor {
    /// The layout's version.
    pub format_version: i64,
    /// The kind of package: `onnx`, `code`, `class` or `loader`.
    pub kind: Option<String>,
    /// The package's name.
    pub name: Option<String>,
    /// What the package is, in a line.
    pub description: Option<String>,
    /// The ONNX file in the package that runs without Python.
    pub native_onnx: Option<String>,
    /// The file that holds what the model answers to the input example.
    pub output_example: Option<String>,
    /// Tags, in the order given.
    pub tags: Vec<(String, String)>,
}

impl EnvelopeFlavor {
    /// Reads the flavor; keys that it does not know are left out here and stay in the `MLmodel`.
    pub fn from_node(node: &Node) -> Self {
        let text = |node: Option<&Node>, key| node?.get_set(key)?.text().map(str::to_owned);
        let tags = node.get("tags").and_then(Node::entries).unwrap_or_default();
        let tag = |(k, v): &(Node, Node)| Some((k.text()?.to_owned(), v.text()?.to_owned()));
        Self {
            format_version: node
                .get("format_version")
                .and_then(Node::as_i64)
                .unwrap_or(0),
            kind: text(Some(node), "kind"),
            name: text(Some(node), "name"),
            description: text(Some(node), "description"),
            native_onnx: text(node.get("native"), "onnx"),
            output_example: text(Some(node), "output_example"),
            tags: tags.iter().filter_map(tag).collect(),
        }
    }

    /// The flavor as it stands in the `MLmodel`, keys in alphabetical order.
    pub fn to_node(&self) -> Node {
        let mut node = Node::mapping([("format_version", Node::integer(self.format_version))]);
        let texts = [
            ("description", &self.description),
            ("kind", &self.kind),
            ("name", &self.name),
            ("output_example", &self.output_example),
        ];
        for (key, value) in texts {
            if let Some(value) = value {
                node.set(key, Node::string(value));
            }
        }
        if let Some(onnx) = &self.native_onnx {
            node.set("native", Node::mapping([("onnx", Node::string(onnx))]));
        }
        if !self.tags.is_empty() {
            let tag = |(k, v): &(String, String)| (k.clone(), Node::string(v));
            node.set("tags", Node::mapping(self.tags.iter().map(tag)));
        }
        node
    }
}
