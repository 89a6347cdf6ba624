/**
 * What the server says of used space: the bodies of `/jupyterlab-mast/quota`
 * and of its events. Sizes are bytes, times are seconds since 1970.
 */
import type { RootUsage, UsageSnapshot } from '../rest/generated';

/** A folder whose use is measured, and what is left of its limit. */
export type IRootUsage = RootUsage;

/** All of them, right after an event. */
export type IUsageSnapshot = UsageSnapshot;

/** The schema of our events. */
export const EVENT_SCHEMA =
  'https://events.jupyter.org/jupyterlab-mast/quota/v1';

/** An event: all roots, whole. */
export interface IUsageEvent {
  readonly schema_id: string;
  readonly server: string;
  readonly sequence: number;
  readonly roots: readonly IRootUsage[];
}

/** How full it is, by the thresholds of the settings. */
export type Level = 'normal' | 'warning' | 'critical';

/** Shares of the limit in percent, from which a level begins. */
export interface IThresholds {
  readonly warning: number;
  readonly critical: number;
}
