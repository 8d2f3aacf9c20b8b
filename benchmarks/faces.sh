#!/bin/sh
# Faces in two stages: an autoencoder whose codes are maps, then a flow of its codes that is told attributes.
#
#     sh benchmarks/faces.sh DATA OUT        DATA: a folder as benchmarks/celeba_persons.py writes it
#
# Twelve hours of two CPU cores, or with GPU=1, wider networks and larger batches, ten minutes of one. Stopped, it goes
# on where it was: a run that is there is resumed.
set -eu
data=$1 out=$2
if [ "${GPU:-0}" = 1 ]; then
    codes="--width 96 --depth 2 --batch-size 128 --steps 3000 --learning-rate 1e-3"
    sharp="--batch-size 128 --steps 1500"
    flow="--width 128 --depth 2 --batch-size 256 --steps 8000 --learning-rate 1e-3 --average 0.9995"
else
    codes="--width 32 --batch-size 16 --steps 4000 --average 0.998"
    sharp="--batch-size 16 --steps 2500"
    flow="--width 64 --batch-size 64 --steps 12000"
fi
train() { # RUN FAMILY SETTINGS ...: begun, or gone on with
    run=$1
    shift
    if [ -d "$run" ]; then aegean resume "$run"; else aegean train "$@" --out "$run"; fi
}
# shellcheck disable=SC2086
train "$out/codes" map_autoencoder --data "$data" --size 64 --flip $codes
# shellcheck disable=SC2086
train "$out/sharp" --like "$out/codes" --init "$out/codes" --learns decoder --adversarial 0.05 --perceptual 0.5 \
    --learning-rate 5e-4 --betas 0.0 0.99 --average 0.995 $sharp
# shellcheck disable=SC2086
train "$out/faces" attribute_flow --data "$data" --size 64 --flip --codes "$out/sharp" $flow
aegean evaluate "$out/faces" --metrics fid kid precision recall --extractor efficientnet-lite0 --limit 800
aegean sample "$out/faces" -n 64
