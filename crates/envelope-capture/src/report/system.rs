//! The machine: its system, the container, and the hardware.

use super::facts::{Facts, Table, known, known_table};
use super::number::{bytes, significant};
use crate::container::Container;
use crate::hardware::{Gpu, Hardware};
use crate::os::OperatingSystem;
use crate::page::markup::Markup;
use crate::provenance::Provenance;

pub(super) fn write(markup: &mut Markup, provenance: &Provenance) {
    markup.raw("<section id=\"system\"><h2>Machine</h2><div class=\"beside\">");
    hardware(markup, &provenance.hardware);
    os(markup, &provenance.os);
    container(markup, &provenance.container);
    markup.raw("</div>");
    gpus(markup, &provenance.hardware);
    dockerfiles(markup, &provenance.container);
    if let Some(packages) = &provenance.os.packages {
        known_table(markup, "Packages of the system", packages, |packages| {
            Table {
                title: "Packages of the system",
                columns: &["Name", "Version", "Architecture"],
                rows: packages
                    .iter()
                    .map(|package| {
                        let architecture = package.architecture.clone().unwrap_or_default();
                        vec![package.name.clone(), package.version.clone(), architecture]
                    })
                    .collect(),
            }
        });
    }
    markup.raw("</section>");
}

fn hardware(markup: &mut Markup, hardware: &Hardware) {
    markup.raw("<div><h3>Hardware</h3>");
    let mut facts = Facts::begin(markup);
    facts.known("Processor", &hardware.cpu_model);
    facts.text("Architecture", &hardware.architecture);
    facts.known("Cores", &hardware.cpu_cores);
    facts.known("Threads", &hardware.cpu_threads);
    facts.known("Threads to use", &hardware.cpu_threads_usable);
    facts.known("Memory", &hardware.memory_bytes.clone().map(bytes));
    drop(facts);
    markup.raw("</div>");
}

fn os(markup: &mut Markup, os: &OperatingSystem) {
    markup.raw("<div><h3>Operating system</h3>");
    let mut facts = Facts::begin(markup);
    facts.known("Name", &os.name);
    facts.known("Distribution", &os.distribution);
    facts.known("Version", &os.version);
    facts.known("Kernel", &os.kernel);
    facts.known("C library", &os.c_library);
    if let Some(image) = &os.image {
        facts.text("Image", image);
    }
    drop(facts);
    markup.raw("</div>");
}

fn container(markup: &mut Markup, container: &Container) {
    markup.raw("<div><h3>Container</h3>");
    let mut facts = Facts::begin(markup);
    facts.maybe("Engine", &container.engine, "none is seen");
    facts.known("Image", &container.image);
    let cpu = container.limits.cpu_thousandths;
    let cpu = cpu.map(|limit| format!("{} processors", significant(limit as f64 / 1e3)));
    facts.text("CPU limit", &cpu.unwrap_or_else(|| "none".to_owned()));
    let memory = container.limits.memory_bytes.map(bytes);
    facts.text("Memory limit", &memory.unwrap_or_else(|| "none".to_owned()));
    drop(facts);
    markup.raw("</div>");
}

fn gpus(markup: &mut Markup, hardware: &Hardware) {
    markup.raw("<h3>GPUs</h3>");
    known(markup, &hardware.gpus, |markup, gpus| {
        devices(gpus).write(markup);
        if gpus.is_empty() {
            markup.raw("<p class=\"quiet\">There are none.</p>");
        }
    });
    Table {
        title: "Adapters",
        columns: &["Name", "Interface", "Driver"],
        rows: hardware
            .adapters
            .iter()
            .map(|adapter| {
                vec![
                    adapter.name.clone(),
                    adapter.backend.clone(),
                    adapter.driver.clone(),
                ]
            })
            .collect(),
    }
    .write(markup);
}

fn devices(gpus: &[Gpu]) -> Table {
    let said = |fact: &Option<String>| fact.as_deref().unwrap_or("not said").to_owned();
    let rows = gpus.iter().enumerate().map(|(number, gpu)| {
        vec![
            number.to_string(),
            gpu.name.clone(),
            said(&gpu.memory_bytes.map(bytes)),
            said(&gpu.driver),
            said(&gpu.cuda),
            said(&gpu.compute_capability),
        ]
    });
    Table {
        title: "Devices",
        columns: &[
            "Number",
            "Name",
            "Memory",
            "Driver",
            "CUDA, at most",
            "Compute capability",
        ],
        rows: rows.collect(),
    }
}

fn dockerfiles(markup: &mut Markup, container: &Container) {
    known_table(markup, "Dockerfiles", &container.dockerfiles, |files| {
        let rows = files.iter().flat_map(|file| {
            file.bases.iter().map(|base| {
                let stage = base.stage.clone().unwrap_or_default();
                vec![file.path.clone(), base.image.clone(), stage]
            })
        });
        Table {
            title: "Dockerfiles of the repository",
            columns: &["File", "From", "Stage"],
            rows: rows.collect(),
        }
    });
}
