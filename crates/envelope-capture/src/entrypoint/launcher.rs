//! Programs that start other programs, by table: which of their own options have a value, and what
//! stands behind them. A launcher that is not in the table is the program itself.

/// What stands behind a launcher's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// Any program.
    Program,
    /// A Python script, or a module where an option says so.
    Script,
    /// A Python script by its ending, or any program.
    Either,
}

struct Launcher {
    /// The program's name, or that of a Python module that does the same.
    names: &'static [&'static str],
    /// The word that must come next: `run` in `uv run`.
    subcommand: Option<&'static str>,
    /// Its options with a value in the next word; all others stand alone.
    with_value: &'static [&'static str],
    /// How many words it takes for itself before what it starts.
    own_words: usize,
    behind: Behind,
}

const fn launcher(
    names: &'static [&'static str],
    with_value: &'static [&'static str],
    behind: Behind,
) -> Launcher {
    Launcher {
        names,
        subcommand: None,
        with_value,
        own_words: 0,
        behind,
    }
}

const fn subcommand(
    name: &'static [&'static str],
    word: &'static str,
    with_value: &'static [&'static str],
    behind: Behind,
) -> Launcher {
    Launcher {
        names: name,
        subcommand: Some(word),
        with_value,
        own_words: 0,
        behind,
    }
}

const fn with_own_word(
    names: &'static [&'static str],
    with_value: &'static [&'static str],
) -> Launcher {
    Launcher {
        names,
        subcommand: None,
        with_value,
        own_words: 1,
        behind: Behind::Program,
    }
}

use Behind::{Either, Program, Script};

/// Options are written with `-` where the program also takes `_`.
const LAUNCHERS: &[Launcher] = &[
    // Many processes of one script.
    launcher(
        &[
            "torchrun",
            "torch.distributed.run",
            "torch.distributed.launch",
        ],
        &[
            "--nnodes",
            "--nproc-per-node",
            "--rdzv-backend",
            "--rdzv-endpoint",
            "--rdzv-id",
            "--rdzv-conf",
            "--max-restarts",
            "--monitor-interval",
            "--start-method",
            "--event-log-handler",
            "--role",
            "--log-dir",
            "-r",
            "--redirects",
            "-t",
            "--tee",
            "--local-ranks-filter",
            "--node-rank",
            "--master-addr",
            "--master-port",
            "--local-addr",
            "--logs-specs",
            "--numa-binding",
        ],
        Script,
    ),
    subcommand(
        &["accelerate"],
        "launch",
        &[
            "--config-file",
            "--num-processes",
            "--num-machines",
            "--machine-rank",
            "--main-process-ip",
            "--main-process-port",
            "--mixed-precision",
            "--gpu-ids",
            "--num-cpu-threads-per-process",
            "--rdzv-backend",
            "--rdzv-conf",
            "--max-restarts",
            "--monitor-interval",
            "--dynamo-backend",
            "--dynamo-mode",
            "--deepspeed-config-file",
            "--zero-stage",
            "--gradient-accumulation-steps",
            "--gradient-clipping",
            "--offload-optimizer-device",
            "--offload-param-device",
            "--role",
            "--tee",
            "--deepspeed-hostfile",
            "--deepspeed-multinode-launcher",
            "--fsdp-sharding-strategy",
            "--fsdp-auto-wrap-policy",
            "--fsdp-state-dict-type",
            "--same-network-interface",
            "--log-dir",
        ],
        Script,
    ),
    launcher(
        &["accelerate.commands.launch"],
        &[
            "--config-file",
            "--num-processes",
            "--num-machines",
            "--machine-rank",
            "--mixed-precision",
        ],
        Script,
    ),
    launcher(
        &["deepspeed", "deepspeed.launcher.runner"],
        &[
            "-H",
            "--hostfile",
            "-i",
            "--include",
            "-e",
            "--exclude",
            "--num-nodes",
            "--num-gpus",
            "--master-addr",
            "--master-port",
            "--launcher",
            "--launcher-args",
            "--save-pid",
            "--autotuning",
        ],
        Script,
    ),
    launcher(
        &["horovodrun"],
        &[
            "-np",
            "--num-proc",
            "-H",
            "--hosts",
            "-hostfile",
            "--hostfile",
            "--network-interface",
            "-p",
        ],
        Program,
    ),
    launcher(
        &["mpirun", "mpiexec", "orterun", "mpiexec.hydra"],
        &[
            "-n",
            "-np",
            "--np",
            "-c",
            "-H",
            "-host",
            "--host",
            "-hosts",
            "-hostfile",
            "--hostfile",
            "-f",
            "-machinefile",
            "--machinefile",
            "-x",
            "-N",
            "-npernode",
            "-ppn",
            "-wdir",
            "--wdir",
            "-bind-to",
            "--bind-to",
            "-map-by",
            "--map-by",
            "-rank-by",
            "--rank-by",
            "-env",
            "-output-filename",
        ],
        Program,
    ),
    launcher(
        &["srun"],
        &[
            "-n",
            "--ntasks",
            "-N",
            "--nodes",
            "-c",
            "--cpus-per-task",
            "-p",
            "--partition",
            "-A",
            "--account",
            "-t",
            "--time",
            "-J",
            "--job-name",
            "-o",
            "--output",
            "-e",
            "--error",
            "-w",
            "--nodelist",
            "-x",
            "--exclude",
            "-G",
            "--gpus",
            "--gpus-per-task",
            "--gpus-per-node",
            "--gres",
            "--mem",
            "--mem-per-cpu",
            "--mem-per-gpu",
            "--ntasks-per-node",
            "-D",
            "--chdir",
            "-q",
            "--qos",
            "--mpi",
            "-C",
            "--constraint",
            "--export",
            "--jobid",
            "-m",
            "--distribution",
            "--reservation",
            "--container-image",
            "--container-mounts",
            "--container-name",
            "--container-workdir",
            "-i",
            "--input",
        ],
        Program,
    ),
    // Environments.
    subcommand(
        &["uv"],
        "run",
        &[
            "--with",
            "--with-editable",
            "--with-requirements",
            "-w",
            "--extra",
            "--no-extra",
            "--group",
            "--no-group",
            "--only-group",
            "--env-file",
            "-p",
            "--python",
            "--package",
            "--project",
            "--directory",
            "-i",
            "--index",
            "--default-index",
            "--index-url",
            "--extra-index-url",
            "-f",
            "--find-links",
            "-P",
            "--upgrade-package",
            "--reinstall-package",
            "--index-strategy",
            "--keyring-provider",
            "--resolution",
            "--prerelease",
            "--fork-strategy",
            "--exclude-newer",
            "--link-mode",
            "-C",
            "--config-setting",
            "--no-build-package",
            "--no-binary-package",
            "--cache-dir",
            "--refresh-package",
            "--color",
            "--config-file",
            "--allow-insecure-host",
            "--python-platform",
        ],
        Either,
    ),
    subcommand(
        &["poetry"],
        "run",
        &["-C", "--directory", "-P", "--project"],
        Program,
    ),
    subcommand(&["pdm"], "run", &["-p", "--project", "--venv"], Either),
    subcommand(&["pipenv"], "run", &["--python", "--pypi-mirror"], Program),
    subcommand(
        &["hatch"],
        "run",
        &["-e", "--env", "-p", "--project"],
        Program,
    ),
    subcommand(&["rye"], "run", &["--pyproject"], Program),
    subcommand(
        &["pixi"],
        "run",
        &[
            "-e",
            "--environment",
            "--manifest-path",
            "-p",
            "--platform",
            "--cwd",
        ],
        Program,
    ),
    subcommand(
        &["conda", "mamba", "micromamba"],
        "run",
        &["-n", "--name", "-p", "--prefix", "--cwd", "-e", "--env"],
        Program,
    ),
    // Observers.
    subcommand(
        &["coverage"],
        "run",
        &[
            "--source",
            "--omit",
            "--include",
            "--rcfile",
            "--data-file",
            "--concurrency",
            "--context",
            "--save-signal",
        ],
        Script,
    ),
    launcher(
        &["cProfile", "profile"],
        &["-o", "--outfile", "-s", "--sort"],
        Script,
    ),
    launcher(&["pdb"], &["-c", "--command"], Script),
    launcher(
        &["debugpy"],
        &[
            "--listen",
            "--connect",
            "--log-to",
            "--configure-subProcess",
        ],
        Script,
    ),
    launcher(
        &["memory_profiler", "mprof"],
        &["-o", "--precision"],
        Script,
    ),
    launcher(
        &["kernprof", "kernprof.py"],
        &["-o", "--outfile", "-s", "--setup", "-p", "-i"],
        Script,
    ),
    launcher(
        &["viztracer"],
        &[
            "-o",
            "--output_file",
            "--tracer_entries",
            "--max_stack_depth",
        ],
        Script,
    ),
    launcher(
        &["scalene"],
        &["--outfile", "--cpu-percent-threshold", "--profile-interval"],
        Script,
    ),
    subcommand(
        &["py-spy"],
        "record",
        &[
            "-o",
            "--output",
            "-r",
            "--rate",
            "-d",
            "--duration",
            "-f",
            "--format",
        ],
        Program,
    ),
    subcommand(
        &["nsys"],
        "profile",
        &[
            "-o",
            "--output",
            "-t",
            "--trace",
            "-s",
            "--sample",
            "-c",
            "--capture-range",
        ],
        Program,
    ),
    launcher(
        &["ncu"],
        &[
            "-o",
            "--export",
            "--set",
            "-k",
            "--kernel-name",
            "-c",
            "--launch-count",
        ],
        Program,
    ),
    launcher(
        &["strace", "ltrace"],
        &["-o", "-e", "-p", "-s", "-u", "-E"],
        Program,
    ),
    launcher(&["time"], &["-f", "--format", "-o", "--output"], Program),
    // The system's own.
    launcher(&["env"], &["-u", "--unset", "-C", "--chdir", "-S"], Program),
    launcher(&["nice"], &["-n", "--adjustment"], Program),
    launcher(
        &["ionice"],
        &["-c", "--class", "-n", "--classdata"],
        Program,
    ),
    launcher(
        &[
            "nohup",
            "setsid",
            "command",
            "exec",
            "caffeinate",
            "unbuffer",
        ],
        &[],
        Program,
    ),
    launcher(
        &["stdbuf"],
        &["-i", "--input", "-o", "--output", "-e", "--error"],
        Program,
    ),
    launcher(
        &["numactl"],
        &[
            "-N",
            "--cpunodebind",
            "-m",
            "--membind",
            "-i",
            "--interleave",
            "-C",
            "--physcpubind",
            "-p",
        ],
        Program,
    ),
    launcher(
        &["xvfb-run"],
        &[
            "-n",
            "--server-num",
            "-s",
            "--server-args",
            "-e",
            "--error-file",
        ],
        Program,
    ),
    launcher(
        &["sudo", "doas"],
        &["-u", "--user", "-g", "--group", "-C"],
        Program,
    ),
    launcher(
        &["systemd-run"],
        &[
            "-p",
            "--property",
            "-u",
            "--unit",
            "--slice",
            "-E",
            "--setenv",
        ],
        Program,
    ),
    with_own_word(&["timeout"], &["-k", "--kill-after", "-s", "--signal"]),
    with_own_word(&["taskset"], &[]),
    with_own_word(&["chrt"], &["-T", "-P", "-D"]),
];

/// What is left of a command line without its launchers.
pub(super) struct Peeled<'a> {
    /// The launchers' first words, outermost first.
    pub(super) launchers: Vec<&'a str>,
    pub(super) core: Core<'a>,
}

/// What launchers start.
pub(super) enum Core<'a> {
    /// A program and its arguments.
    Program(&'a [String]),
    /// A Python script and its arguments.
    Script(&'a [String]),
    /// A Python module and its arguments.
    Module(&'a [String]),
}

/// The last part of a path, without `.exe`.
pub(super) fn name_of(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

pub(super) fn peel(words: &[String]) -> Peeled<'_> {
    let mut launchers = Vec::new();
    let mut core = Core::Program(words);
    // A launcher that nothing stands behind is what is started.
    while let Some((name, behind)) =
        peel_one(&core).filter(|(_, behind)| !behind.words().is_empty())
    {
        launchers.push(name);
        core = behind;
    }
    Peeled { launchers, core }
}

impl<'a> Core<'a> {
    fn words(&self) -> &'a [String] {
        match self {
            Self::Program(words) | Self::Script(words) | Self::Module(words) => words,
        }
    }
}

/// The launcher at the front, and what stands behind it.
fn peel_one<'a>(core: &Core<'a>) -> Option<(&'a str, Core<'a>)> {
    let words = match core {
        Core::Program(words) => super::interpreter::module_of(words).unwrap_or(words),
        Core::Module(words) => words,
        Core::Script(_) => return None,
    };
    let (first, rest) = words.split_first()?;
    let name = name_of(first);
    LAUNCHERS
        .iter()
        .filter(|launcher| launcher.names.contains(&name))
        .find_map(|launcher| launcher.behind(rest))
        .map(|behind| (first.as_str(), behind))
}

impl Launcher {
    fn behind<'a>(&self, mut rest: &'a [String]) -> Option<Core<'a>> {
        let mut subcommand = self.subcommand;
        let mut own_words = self.own_words;
        let (mut module, mut program) = (false, false);
        while let [word, after @ ..] = rest {
            let long = word.replace('_', "-");
            if word == "--" && subcommand.is_none() {
                rest = after;
                break;
            } else if word.starts_with('-') && word.len() > 1 {
                let needs_next = self
                    .with_value
                    .iter()
                    .any(|&option| option == word || option == long);
                module |= self.behind != Program && (word == "-m" || word == "--module");
                program |= long == "--no-python";
                rest = if needs_next { after.get(1..)? } else { after };
            } else if let Some(expected) = subcommand {
                if word != expected {
                    return None;
                }
                subcommand = None;
                rest = after;
            } else if own_words > 0 {
                own_words -= 1;
                rest = after;
            } else if self.names == ["env"] && word.contains('=') {
                rest = after;
            } else {
                break;
            }
        }
        let is_script = |words: &[String]| words.first().is_some_and(|word| word.ends_with(".py"));
        Some(match self.behind {
            _ if subcommand.is_some() => return None,
            _ if program => Core::Program(rest),
            _ if module => Core::Module(rest),
            Script => Core::Script(rest),
            Either if is_script(rest) => Core::Script(rest),
            Program | Either => Core::Program(rest),
        })
    }
}
