//! The `envelope` command.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "provisional")]
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let t = std::time::Instant::now();
    match args[1].as_str() {
        "package" => {
            let path = std::path::Path::new(&args[2]);
            let spec = match envelope_format::spec::Spec::load(path) {
                Ok(s) => s,
                Err(e) => {
                    println!("{e:#?}");
                    return;
                }
            };
            let c = match spec.contents(path.parent().unwrap(), path) {
                Ok(s) => s,
                Err(e) => {
                    println!("{e:#?}");
                    return;
                }
            };
            println!("{:?}", t.elapsed());
            println!(
                "{:?}",
                envelope_format::package::seal(
                    c,
                    std::path::Path::new(&args[3]),
                    envelope_format::package::SealOptions { replace: true },
                    &envelope_format::package::Silent
                )
            );
        }
        _ => match envelope_format::verify::verify(
            std::path::Path::new(&args[2]),
            Default::default(),
        ) {
            Ok(r) => println!("{}", serde_json::to_string_pretty(&r).unwrap()),
            Err(e) => println!("{e}"),
        },
    }
    println!("{:?}", t.elapsed());
}
