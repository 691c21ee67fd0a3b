#!/bin/bash
# A Slurm on this machine, with folders, ports and a key of its own, beside any that runs already.
#
#   slurm.sh start FOLDER    starts munged, slurmctld and slurmd (as root); then: export SLURM_CONF=FOLDER/slurm.conf
#   slurm.sh stop FOLDER     stops what was started, jobs too
#   slurm.sh kill-node FOLDER    the node is lost: slurmd and everything it runs die at once
#   slurm.sh start-node FOLDER   it comes back
#   slurm.sh hurry FOLDER        requeued jobs start now, instead of after two minutes
#
# Needs Debian's slurm-wlm and munge. Ends with 77 where they are missing or do not start, or without root.
set -u
action=${1:?start, stop, kill-node, start-node or hurry} folder=$(realpath -m "${2:?a folder}")
export SLURM_CONF=$folder/slurm.conf PATH=$PATH:/usr/sbin:/sbin

missing() { echo "skipped: $1"; exit 77; }

# Waits for a command to succeed, so many seconds.
await() {
  local seconds=$1; shift
  for _ in $(seq $((seconds * 10))); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
  echo "waited in vain for: $*" >&2
  return 1
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

stop() { # PID_FILE
  local process
  process=$(cat "$1" 2>/dev/null) || return 0
  kill "$process" 2>/dev/null
  await 10 test ! -e "/proc/$process" || kill -KILL "$process"
  rm -f "$1"
}

# Starts a daemon that holds no file of ours, for whoever waits for this script to end would wait for the daemon as well;
# and that no signal is blocked for, whatever this script has inherited.
daemon() {
  python3 -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_SETMASK, [])
os.closerange(3, 4096)
os.execvp(sys.argv[1], sys.argv[1:])' "$@" < /dev/null >> "$folder/log/start" 2>&1
}

configure() {
  mkdir -p "$folder"/{state,spool,log}
  local cores memory
  cores=$(nproc) memory=$(awk '/MemTotal/ { print int($2 / 1024 * 0.9) }' /proc/meminfo)
  cat > "$SLURM_CONF" <<END
ClusterName=tombola
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=3
CryptoType=crypto/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmdSpoolDir=$folder/spool
StateSaveLocation=$folder/state
SlurmctldLogFile=$folder/log/slurmctld
SlurmdLogFile=$folder/log/slurmd
SlurmUser=root
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
ReturnToService=2
SlurmdTimeout=4
BatchStartTimeout=1
KillWait=5
MinJobAge=3600
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0
NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=$cores RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
}

start_munge() {
  dd if=/dev/urandom bs=1 count=1024 of="$folder/munge.key" 2>/dev/null
  chmod 400 "$folder/munge.key"
  chmod 711 "$folder"
  daemon munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
    --log-file="$folder/log/munged" --seed-file="$folder/munge.seed" || return 1
  await 10 munge --socket="$folder/munge.socket" -n
}

node_is() { sinfo --noheader --format=%T | grep -q "$1"; }

start_node() {
  daemon slurmd -N "$(hostname)" -f "$SLURM_CONF" || return 1
  scontrol update NodeName="$(hostname)" State=RESUME >/dev/null 2>&1
  await 30 node_is "idle\|mixed\|allocated"
}

# slurmd, the stepd processes of its jobs, and the jobs' own processes: all that stand below it, or carry its jobs' marks.
kill_node() {
  local stepds process
  stepds=$(pgrep -f "^slurmstepd: \[" | while read -r process; do
    grep -qs "$SLURM_CONF" "/proc/$process/environ" "/proc/$process/cmdline" && echo "$process"
  done)
  kill -KILL "$(cat "$folder/slurmd.pid")" $stepds 2>/dev/null
  for process in /proc/[0-9]*; do
    local marks
    marks=$({ tr '\0' '\n' < "$process/environ"; } 2>/dev/null)
    grep -qx "SLURM_CONF=$SLURM_CONF" <<< "$marks" && grep -q "^SLURM_JOB_ID=" <<< "$marks" &&
      kill -KILL "${process#/proc/}" 2>/dev/null
  done
  rm -f "$folder/slurmd.pid"
  # Slurm's controller misses it after a few seconds.
  await 60 node_is down
}

hurry() {
  local job
  for job in $(squeue --noheader --array --states=PENDING --format=%F_%K); do
    scontrol update JobId="$job" StartTime=now
  done
}

case $action in
  start)
    for program in munged slurmctld slurmd sbatch python3; do
      command -v $program >/dev/null || missing "there is no $program; install slurm-wlm and munge"
    done
    [ "$(id -u)" = 0 ] || missing "only root can start slurmd"
    configure && start_munge && daemon slurmctld -f "$SLURM_CONF" && await 20 scontrol ping && start_node || {
      tail -n 5 "$folder"/log/* >&2
      "$0" stop "$folder"
      missing "Slurm does not start on this machine"
    } ;;
  stop)
    scancel --user=root >/dev/null 2>&1
    for name in slurmd slurmctld munged; do stop "$folder/$name.pid"; done ;;
  kill-node) kill_node ;;
  start-node) start_node ;;
  hurry) hurry ;;
  *) echo "unknown: $action" >&2; exit 64 ;;
esac
