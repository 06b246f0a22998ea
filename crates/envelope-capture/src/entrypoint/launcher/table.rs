//! The table of programs that start other programs.

use Behind::{Either, Program, Script};

/// What stands behind a launcher's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    /// Any program.
    Program,
    /// A Python script, or a module where an option says so.
    Script,
    /// A Python script by its ending, or any program.
    Either,
}

pub(super) struct Launcher {
    /// The program's names, and those of Python modules that do the same, with spaces between.
    pub(super) names: &'static str,
    /// The word that must come next: `run` in `uv run`.
    pub(super) subcommand: Option<&'static str>,
    /// Its options with a value in the next word, with spaces between; all others stand alone. They
    /// are written with `-` where the program also takes `_`.
    pub(super) with_value: &'static str,
    /// How many words it takes for itself before what it starts.
    pub(super) own_words: usize,
    pub(super) behind: Behind,
}

const fn launcher(names: &'static str, with_value: &'static str, behind: Behind) -> Launcher {
    Launcher {
        names,
        subcommand: None,
        with_value,
        own_words: 0,
        behind,
    }
}

const fn subcommand(
    name: &'static str,
    word: &'static str,
    with_value: &'static str,
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

const fn with_own_word(names: &'static str, with_value: &'static str) -> Launcher {
    Launcher {
        names,
        subcommand: None,
        with_value,
        own_words: 1,
        behind: Behind::Program,
    }
}

const OF_ACCELERATE: &str = "--config-file --num-processes --num-machines --machine-rank --main-process-ip \
         --main-process-port --mixed-precision --gpu-ids --num-cpu-threads-per-process \
         --rdzv-backend --rdzv-conf --max-restarts --monitor-interval --dynamo-backend \
         --dynamo-mode --deepspeed-config-file --zero-stage --gradient-accumulation-steps \
         --gradient-clipping --offload-optimizer-device --offload-param-device --role --tee \
         --deepspeed-hostfile --deepspeed-multinode-launcher --fsdp-sharding-strategy \
         --fsdp-auto-wrap-policy --fsdp-state-dict-type --same-network-interface --log-dir";

pub(super) const LAUNCHERS: &[Launcher] = &[
    // Many processes of one script.
    launcher(
        "torchrun torch.distributed.run torch.distributed.launch",
        "--nnodes --nproc-per-node --rdzv-backend --rdzv-endpoint --rdzv-id --rdzv-conf \
         --max-restarts --monitor-interval --start-method --event-log-handler --role --log-dir \
         -r --redirects -t --tee --local-ranks-filter --node-rank --master-addr --master-port \
         --local-addr --logs-specs --numa-binding",
        Script,
    ),
    subcommand("accelerate", "launch", OF_ACCELERATE, Script),
    launcher("accelerate.commands.launch", OF_ACCELERATE, Script),
    launcher(
        "deepspeed deepspeed.launcher.runner",
        "-H --hostfile -i --include -e --exclude --num-nodes --num-gpus --master-addr \
         --master-port --launcher --launcher-args --save-pid --autotuning",
        Script,
    ),
    launcher(
        "horovodrun",
        "-np --num-proc -H --hosts -hostfile --hostfile --network-interface -p",
        Program,
    ),
    launcher(
        "mpirun mpiexec orterun mpiexec.hydra",
        "-n -np --np -c -H -host --host -hosts -hostfile --hostfile -f -machinefile \
         --machinefile -x -N -npernode -ppn -wdir --wdir -bind-to --bind-to -map-by --map-by \
         -rank-by --rank-by -env -output-filename",
        Program,
    ),
    launcher(
        "srun",
        "-n --ntasks -N --nodes -c --cpus-per-task -p --partition -A --account -t --time -J \
         --job-name -o --output -e --error -w --nodelist -x --exclude -G --gpus --gpus-per-task \
         --gpus-per-node --gres --mem --mem-per-cpu --mem-per-gpu --ntasks-per-node -D --chdir \
         -q --qos --mpi -C --constraint --export --jobid -m --distribution --reservation \
         --container-image --container-mounts --container-name --container-workdir -i --input",
        Program,
    ),
    // Environments.
    subcommand(
        "uv",
        "run",
        "--with --with-editable --with-requirements -w --extra --no-extra --group --no-group \
         --only-group --env-file -p --python --package --project --directory -i --index \
         --default-index --index-url --extra-index-url -f --find-links -P --upgrade-package \
         --reinstall-package --index-strategy --keyring-provider --resolution --prerelease \
         --fork-strategy --exclude-newer --link-mode -C --config-setting --no-build-package \
         --no-binary-package --cache-dir --refresh-package --color --config-file \
         --allow-insecure-host --python-platform",
        Either,
    ),
    subcommand("poetry", "run", "-C --directory -P --project", Program),
    subcommand("pdm", "run", "-p --project --venv", Either),
    subcommand("pipenv", "run", "--python --pypi-mirror", Program),
    subcommand("hatch", "run", "-e --env -p --project", Program),
    subcommand("rye", "run", "--pyproject", Program),
    subcommand(
        "pixi",
        "run",
        "-e --environment --manifest-path -p --platform --cwd",
        Program,
    ),
    subcommand(
        "conda mamba micromamba",
        "run",
        "-n --name -p --prefix --cwd -e --env",
        Program,
    ),
    // Observers.
    subcommand(
        "coverage",
        "run",
        "--source --omit --include --rcfile --data-file --concurrency --context --save-signal",
        Script,
    ),
    launcher("cProfile profile", "-o --outfile -s --sort", Script),
    launcher("pdb", "-c --command", Script),
    launcher(
        "debugpy",
        "--listen --connect --log-to --configure-subProcess",
        Script,
    ),
    launcher("memory_profiler mprof", "-o --precision", Script),
    launcher(
        "kernprof kernprof.py",
        "-o --outfile -s --setup -p -i",
        Script,
    ),
    launcher(
        "viztracer",
        "-o --output_file --tracer_entries --max_stack_depth",
        Script,
    ),
    launcher(
        "scalene",
        "--outfile --cpu-percent-threshold --profile-interval",
        Script,
    ),
    subcommand(
        "py-spy",
        "record",
        "-o --output -r --rate -d --duration -f --format",
        Program,
    ),
    subcommand(
        "nsys",
        "profile",
        "-o --output -t --trace -s --sample -c --capture-range",
        Program,
    ),
    launcher(
        "ncu",
        "-o --export --set -k --kernel-name -c --launch-count",
        Program,
    ),
    launcher("strace ltrace", "-o -e -p -s -u -E", Program),
    launcher("time", "-f --format -o --output", Program),
    // The system's own.
    launcher("env", "-u --unset -C --chdir -S", Program),
    launcher("nice", "-n --adjustment", Program),
    launcher("ionice", "-c --class -n --classdata", Program),
    launcher("nohup setsid command exec caffeinate unbuffer", "", Program),
    launcher("stdbuf", "-i --input -o --output -e --error", Program),
    launcher(
        "numactl",
        "-N --cpunodebind -m --membind -i --interleave -C --physcpubind -p",
        Program,
    ),
    launcher(
        "xvfb-run",
        "-n --server-num -s --server-args -e --error-file",
        Program,
    ),
    launcher("sudo doas", "-u --user -g --group -C", Program),
    launcher(
        "systemd-run",
        "-p --property -u --unit --slice -E --setenv",
        Program,
    ),
    with_own_word("timeout", "-k --kill-after -s --signal"),
    with_own_word("taskset", ""),
    with_own_word("chrt", "-T -P -D"),
];
