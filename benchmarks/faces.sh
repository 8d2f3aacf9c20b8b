#!/bin/sh
# Faces in two stages: an autoencoder whose codes are maps, then a flow of its codes that is told attributes.
#
#     sh benchmarks/faces.sh DATA OUT        DATA: a folder as benchmarks/celeba_persons.py writes it
#
# On a CPU the codes are those of the model that comes along, and the flow takes hours; with GPU=1 both are trained, wider
# and in larger batches, in ten minutes. Stopped, it goes on where it was: a run that is there is resumed.
set -eu
data=$1 out=$2
train() { # RUN FAMILY SETTINGS ...: begun, or gone on with
    run=$1
    shift
    if [ -d "$run" ]; then aegean resume "$run"; else aegean train "$@" --out "$run"; fi
}
if [ "${GPU:-0}" = 1 ]; then
    train "$out/codes" map_autoencoder --data "$data" --size 64 --flip --halvings 3 --code-channels 16 --width 96 --depth 2 \
        --perceptual 0.5 --batch-size 128 --steps 3000 --learning-rate 1e-3
    train "$out/sharp" --like "$out/codes" --init "$out/codes" --learns decoder --adversarial 0.05 \
        --learning-rate 5e-4 --betas 0.0 0.99 --average 0.995 --batch-size 128 --steps 1500
    codes="$out/sharp"
    flow="--width 256 --depth 3 --batch-size 256 --steps 8000 --learning-rate 1e-3 --average 0.9995"
else
    codes=zoo:map_autoencoder-celeba
    flow="--width 160 --depth 2 --times middle --average 0.9995 --batch-size 64 --steps 18000 --editing 5 --back 1 --ode-steps 10"
fi
# shellcheck disable=SC2086
train "$out/faces" attribute_flow --data "$data" --size 64 --flip --codes "$codes" $flow
aegean evaluate "$out/faces" --metrics fid kid precision recall --extractor efficientnet-lite0 --limit 800 --temperature 0.95
aegean sample "$out/faces" -n 64 --temperature 0.95
