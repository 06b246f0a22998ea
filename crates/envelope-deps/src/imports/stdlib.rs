//! The modules of Python's own library, for 3.8 to 3.14.
//!
//! For 3.10 to 3.13 they are the `sys.stdlib_module_names` of CPython
//! (<https://docs.python.org/3/library/sys.html#sys.stdlib_module_names>) as those interpreters
//! give it. 3.8 and 3.9 do not have that list; theirs are the modules that lie in the interpreter's
//! own folders. For 3.14 its release notes were applied to the list of 3.13. Tests of CPython
//! itself (`_test…`, `xx…`) are left out, and private modules count for every version.

/// Whether a top-level module is Python's own: in that minor version of Python 3, or in any when
/// none is given.
pub(super) fn holds(module: &str, minor: Option<u64>) -> bool {
    if ALWAYS.binary_search(&module).is_ok() {
        return true;
    }
    let found = SOMETIMES.iter().find(|(name, ..)| *name == module);
    found
        .is_some_and(|(_, first, last)| minor.is_none_or(|minor| (*first..=*last).contains(&minor)))
}

/// Sorted by their bytes.
#[rustfmt::skip]
const ALWAYS: &[&str] = &[
    "__future__", "_abc", "_aix_support", "_android_support", "_ast", "_ast_unparse",
    "_asyncio", "_bisect", "_blake2", "_bootlocale", "_bootsubprocess", "_bz2", "_codecs",
    "_codecs_cn", "_codecs_hk", "_codecs_iso2022", "_codecs_jp", "_codecs_kr", "_codecs_tw",
    "_collections", "_collections_abc", "_colorize", "_compat_pickle", "_compression",
    "_contextvars", "_crypt", "_csv", "_ctypes", "_curses", "_curses_panel", "_datetime",
    "_dbm", "_decimal", "_dummy_thread", "_elementtree", "_frozen_importlib",
    "_frozen_importlib_external", "_functools", "_gdbm", "_hashlib", "_heapq", "_hmac", "_imp",
    "_interpchannels", "_interpqueues", "_interpreters", "_io", "_ios_support", "_json",
    "_locale", "_lsprof", "_lzma", "_markupbase", "_md5", "_msi", "_multibytecodec",
    "_multiprocessing", "_opcode", "_opcode_metadata", "_operator", "_osx_support",
    "_overlapped", "_peg_parser", "_pickle", "_posixshmem", "_posixsubprocess", "_py_abc",
    "_py_warnings", "_pydatetime", "_pydecimal", "_pyio", "_pylong", "_pyrepl", "_queue",
    "_random", "_remote_debugging", "_scproxy", "_sha1", "_sha2", "_sha256", "_sha3", "_sha512",
    "_signal", "_sitebuiltins", "_socket", "_sqlite3", "_sre", "_ssl", "_stat", "_statistics",
    "_string", "_strptime", "_struct", "_suggestions", "_symtable", "_sysconfig", "_thread",
    "_threading_local", "_tkinter", "_tokenize", "_tracemalloc", "_types", "_typing", "_uuid",
    "_warnings", "_weakref", "_weakrefset", "_winapi", "_wmi", "_zoneinfo", "_zstd", "abc",
    "antigravity", "argparse", "array", "ast", "asyncio", "atexit", "base64", "bdb", "binascii",
    "bisect", "builtins", "bz2", "cProfile", "calendar", "cmath", "cmd", "code", "codecs",
    "codeop", "collections", "colorsys", "compileall", "concurrent", "configparser",
    "contextlib", "contextvars", "copy", "copyreg", "csv", "ctypes", "curses", "dataclasses",
    "datetime", "dbm", "decimal", "difflib", "dis", "doctest", "email", "encodings",
    "ensurepip", "enum", "errno", "faulthandler", "fcntl", "filecmp", "fileinput", "fnmatch",
    "fractions", "ftplib", "functools", "gc", "genericpath", "getopt", "getpass", "gettext",
    "glob", "grp", "gzip", "hashlib", "heapq", "hmac", "html", "http", "idlelib", "imaplib",
    "importlib", "inspect", "io", "ipaddress", "itertools", "json", "keyword", "linecache",
    "locale", "logging", "lzma", "mailbox", "marshal", "math", "mimetypes", "mmap",
    "modulefinder", "msvcrt", "multiprocessing", "netrc", "nt", "ntpath", "nturl2path",
    "numbers", "opcode", "operator", "optparse", "os", "pathlib", "pdb", "pickle",
    "pickletools", "pkgutil", "platform", "plistlib", "poplib", "posix", "posixpath", "pprint",
    "profile", "pstats", "pty", "pwd", "py_compile", "pyclbr", "pydoc", "pydoc_data", "pyexpat",
    "queue", "quopri", "random", "re", "readline", "reprlib", "resource", "rlcompleter",
    "runpy", "sched", "secrets", "select", "selectors", "shelve", "shlex", "shutil", "signal",
    "site", "smtplib", "socket", "socketserver", "sqlite3", "sre_compile", "sre_constants",
    "sre_parse", "ssl", "stat", "statistics", "string", "stringprep", "struct", "subprocess",
    "symtable", "sys", "sysconfig", "syslog", "tabnanny", "tarfile", "tempfile", "termios",
    "test", "textwrap", "this", "threading", "time", "timeit", "tkinter", "token", "tokenize",
    "trace", "traceback", "tracemalloc", "tty", "turtle", "turtledemo", "types", "typing",
    "unicodedata", "unittest", "urllib", "uuid", "venv", "warnings", "wave", "weakref",
    "webbrowser", "winreg", "winsound", "wsgiref", "xml", "xmlrpc", "zipapp", "zipfile",
    "zipimport", "zlib",
];

/// With the first and the last minor version that has them.
const SOMETIMES: &[(&str, u64, u64)] = &[
    ("aifc", 8, 12),
    ("annotationlib", 14, 14),
    ("asynchat", 8, 11),
    ("asyncore", 8, 11),
    ("audioop", 8, 12),
    ("binhex", 8, 10),
    ("cgi", 8, 12),
    ("cgitb", 8, 12),
    ("chunk", 8, 12),
    ("compression", 14, 14),
    ("crypt", 8, 12),
    ("distutils", 8, 11),
    ("dummy_threading", 8, 8),
    ("formatter", 8, 9),
    ("graphlib", 9, 14),
    ("imghdr", 8, 12),
    ("imp", 8, 11),
    ("lib2to3", 8, 12),
    ("mailcap", 8, 12),
    ("msilib", 8, 12),
    ("nis", 8, 12),
    ("nntplib", 8, 12),
    ("ossaudiodev", 8, 12),
    ("parser", 8, 9),
    ("pipes", 8, 12),
    ("smtpd", 8, 11),
    ("sndhdr", 8, 12),
    ("spwd", 8, 12),
    ("sunau", 8, 12),
    ("symbol", 8, 9),
    ("telnetlib", 8, 12),
    ("tomllib", 11, 14),
    ("uu", 8, 12),
    ("xdrlib", 8, 12),
    ("zoneinfo", 9, 14),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_searched() {
        assert!(ALWAYS.is_sorted());
    }

    #[test]
    fn modules_come_and_go() {
        for (module, minor, expected) in [
            ("os", Some(8), true),
            ("__future__", None, true),
            ("_thread", Some(14), true),
            ("tomllib", Some(10), false),
            ("tomllib", Some(11), true),
            ("distutils", Some(11), true),
            ("distutils", Some(12), false),
            ("distutils", None, true),
            ("annotationlib", Some(13), false),
            ("annotationlib", Some(14), true),
            ("numpy", None, false),
            ("", None, false),
        ] {
            assert_eq!(holds(module, minor), expected, "{module} {minor:?}");
        }
    }
}
