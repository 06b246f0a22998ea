//! Packages whose modules have other names than they have themselves, after the documentation of
//! each package.

use crate::names::PackageName;

/// A module, and the packages that may have it.
#[rustfmt::skip]
const KNOWN: &[(&str, &[&str])] = &[
    ("Crypto", &["pycryptodome", "pycrypto"]),
    ("Cryptodome", &["pycryptodomex"]),
    ("Levenshtein", &["levenshtein", "python-levenshtein"]),
    ("MySQLdb", &["mysqlclient"]),
    ("OpenSSL", &["pyopenssl"]),
    ("PIL", &["pillow", "pillow-simd"]),
    ("_pytest", &["pytest"]),
    ("apiclient", &["google-api-python-client"]),
    ("attr", &["attrs"]),
    ("bs4", &["beautifulsoup4"]),
    ("bson", &["pymongo"]),
    ("cassandra", &["cassandra-driver"]),
    ("chess", &["chess", "python-chess"]),
    ("consul", &["python-consul"]),
    ("cpuinfo", &["py-cpuinfo"]),
    ("cv2", &["opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"]),
    ("databricks.sql", &["databricks-sql-connector"]),
    ("dateutil", &["python-dateutil"]),
    ("delta", &["delta-spark"]),
    ("discord", &["discord-py"]),
    ("dns", &["dnspython"]),
    ("docx", &["python-docx"]),
    ("dotenv", &["python-dotenv"]),
    ("editor", &["python-editor"]),
    ("faiss", &["faiss-cpu", "faiss-gpu"]),
    ("fitz", &["pymupdf"]),
    ("gi", &["pygobject"]),
    ("git", &["gitpython"]),
    ("github", &["pygithub"]),
    ("gitlab", &["python-gitlab"]),
    ("google.api", &["googleapis-common-protos"]),
    ("google.oauth2", &["google-auth"]),
    ("google.protobuf", &["protobuf"]),
    ("google.rpc", &["googleapis-common-protos"]),
    ("googleapiclient", &["google-api-python-client"]),
    ("grpc", &["grpcio"]),
    ("grpc_status", &["grpcio-status"]),
    ("hydra", &["hydra-core"]),
    ("igraph", &["igraph", "python-igraph"]),
    ("imblearn", &["imbalanced-learn"]),
    ("jose", &["python-jose"]),
    ("jwt", &["pyjwt"]),
    ("kafka", &["kafka-python", "kafka-python-ng"]),
    ("ldap", &["python-ldap"]),
    ("lightning_fabric", &["lightning-fabric", "lightning"]),
    ("llama_cpp", &["llama-cpp-python"]),
    ("magic", &["python-magic"]),
    ("memcache", &["python-memcached"]),
    ("mlflow", &["mlflow", "mlflow-skinny", "mlflow-tracing"]),
    ("mpl_toolkits", &["matplotlib"]),
    ("msgpack", &["msgpack", "msgpack-python"]),
    ("multipart", &["python-multipart"]),
    ("mysql", &["mysql-connector-python"]),
    ("nacl", &["pynacl"]),
    ("nvidia_smi", &["nvidia-ml-py3"]),
    ("odf", &["odfpy"]),
    ("opensearchpy", &["opensearch-py"]),
    ("opentelemetry", &["opentelemetry-api"]),
    ("paho", &["paho-mqtt"]),
    ("past", &["future"]),
    ("pinecone", &["pinecone", "pinecone-client"]),
    ("pkg_resources", &["setuptools"]),
    ("pl_bolts", &["lightning-bolts"]),
    ("pptx", &["python-pptx"]),
    ("psycopg2", &["psycopg2", "psycopg2-binary"]),
    ("pwiz", &["peewee"]),
    ("pylab", &["matplotlib"]),
    ("pynvml", &["nvidia-ml-py", "pynvml"]),
    ("pythoncom", &["pywin32"]),
    ("pywintypes", &["pywin32"]),
    ("rest_framework", &["djangorestframework"]),
    ("ruamel", &["ruamel-yaml"]),
    ("serial", &["pyserial"]),
    ("skimage", &["scikit-image"]),
    ("sklearn", &["scikit-learn"]),
    ("skopt", &["scikit-optimize"]),
    ("slugify", &["python-slugify", "unicode-slugify"]),
    ("snappy", &["python-snappy"]),
    ("snowflake.connector", &["snowflake-connector-python"]),
    ("snowflake.snowpark", &["snowflake-snowpark-python"]),
    ("socks", &["pysocks"]),
    ("speech_recognition", &["speechrecognition"]),
    ("telegram", &["python-telegram-bot"]),
    ("tensorflow", &["tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-macos"]),
    ("tlz", &["toolz"]),
    ("umap", &["umap-learn"]),
    ("usb", &["pyusb"]),
    ("vertexai", &["google-cloud-aiplatform"]),
    ("websocket", &["websocket-client"]),
    ("win32api", &["pywin32"]),
    ("win32com", &["pywin32"]),
    ("win32con", &["pywin32"]),
    ("wx", &["wxpython"]),
    ("xdist", &["pytest-xdist"]),
    ("yaml", &["pyyaml"]),
    ("zmq", &["pyzmq"]),
];

/// The packages that are known to have a module.
pub(super) fn packages(module: &str) -> &'static [&'static str] {
    let found = KNOWN.iter().find(|(name, _)| *name == module);
    found.map_or(&[], |(_, packages)| packages)
}

/// The top-level modules that a package is known to have; otherwise its own name.
pub(super) fn modules(package: &PackageName) -> Vec<String> {
    // What has a dot lies in a module that packages share, which is nobody's own.
    let has = |one: &&(&str, &[&str])| one.1.contains(&package.as_str()) && !one.0.contains('.');
    let mut tops: Vec<String> = KNOWN
        .iter()
        .filter(has)
        .map(|(module, _)| (*module).to_owned())
        .collect();
    if tops.is_empty() {
        tops.push(package.as_str().replace('-', "_"));
    }
    tops.sort();
    tops.dedup();
    tops
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised_and_in_order() {
        assert!(KNOWN.is_sorted_by_key(|(module, _)| *module));
        for package in KNOWN.iter().flat_map(|(_, packages)| *packages) {
            let name: PackageName = package.parse().expect("a name");
            assert_eq!(name.as_str(), *package);
        }
    }

    #[test]
    fn packages_and_modules_find_one_another() {
        let modules = |name: &str| modules(&name.parse().expect("a name")).join(" ");
        assert_eq!(modules("scikit-learn"), "sklearn");
        assert_eq!(
            modules("pywin32"),
            "pythoncom pywintypes win32api win32com win32con"
        );
        assert_eq!(modules("ruamel-yaml"), "ruamel");
        assert_eq!(modules("notebook-shim"), "notebook_shim");
        assert_eq!(packages("yaml"), ["pyyaml"]);
        assert!(packages("numpy").is_empty());
    }
}
