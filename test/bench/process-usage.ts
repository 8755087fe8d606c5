import { readFileSync, readdirSync, writeFileSync } from 'node:fs';

/** Linux counts processor time in these, whatever the kernel's own clock (`getconf CLK_TCK`). */
const TICK_MS = 10;

/** Fields 14 and 15 of /proc/PID/stat, counted from behind the name, which may hold blanks. */
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/** Processor time of a process since its start, in milliseconds. */
export function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) * TICK_MS;
}

export function residentMb(pid: number): number {
  return statusMb(pid, 'VmRSS');
}

/** The most it has held since it began, or since `forgetPeak`. */
export function peakMb(pid: number): number {
  return statusMb(pid, 'VmHWM');
}

export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Files and sockets that are open. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function statusMb(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return Number(kilobytes) / 1024;
}
