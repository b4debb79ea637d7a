// SPDX-License-Identifier: MIT
// What paq puts into the page: the evaluation as `paq eval --json` prints it (docs/cli.md), and what
// the store adds to it (src/report/page.h).
import type { Estimate } from "../shared/format";

export type ByWidth<T> = Record<string, T>;

export interface TaskResult {
  score: number;
  seconds_mean: number | null;
  bits_mean: number;
  n: number;
  seconds_median?: number | null;
  seconds_p95?: number | null;
}

export interface Strategy {
  name: string;
  score: number;
  seconds_mean: number | null;
  bits_mean: number;
  shares: ByWidth<number>;
  tasks: Record<string, TaskResult>;
  score_interval?: Estimate | null;
  seconds_median?: number | null;
  seconds_p95?: number | null;
  seconds_ratio?: Estimate | null;
}

export interface Difference {
  name: string;
  than: string;
  mean: number;
  low: number;
  high: number;
  task?: string;
}

export interface ClassQuality {
  precision: number | null;
  recall: number | null;
  f1: number | null;
  labelled: number;
  chosen: number;
}

export interface ReliabilityBin {
  low: number;
  high: number;
  n: number;
  confidence: number;
  accuracy: number;
}

export interface SweepPoint {
  confidence: number;
  score: number;
  seconds_mean: number | null;
  bits_mean: number;
}

export interface RouterQuality {
  label_accuracy: number | null;
  majority_baseline: number | null;
  confusion: number[][];
  unlabelled: number;
  seconds_mean: number;
  seconds_median?: number | null;
  seconds_p95?: number | null;
  agreement?: Estimate | null;
  classes?: ByWidth<ClassQuality>;
  calibration?: {
    expected_error: number;
    log_loss: number;
    brier: number;
    confidence: number;
    bins: ReliabilityBin[];
  } | null;
  headroom?: { best_fixed: number; available: Estimate; captured: Estimate | null } | null;
  regret?: {
    score: Estimate;
    seconds: Estimate | null;
    under_routed: number;
    over_routed: number;
  } | null;
  sweep?: SweepPoint[];
  cost_quality?: {
    cost_is: "seconds" | "bits";
    cheapest: number;
    best: number;
    area: Estimate;
    fixed_area: Estimate;
    gain: Estimate;
    cost_for_50: number | null;
    cost_for_80: number | null;
  } | null;
}

export interface Zones {
  all_right: number;
  some_right: number;
  none_right: number;
}

export interface TrainingEpoch {
  training_loss: number | null;
  validation_loss: number | null;
  validation_accuracy: number | null;
}

/** As the router's file has it (docs/router.md); null is what the file does not say. */
export interface TrainingRecord {
  settings: Record<string, boolean | number | string | string[]>;
  metrics: {
    majority_baseline: number | null;
    /** From 1. */
    best_epoch: number;
    tasks: Record<string, number>;
    labelled: ByWidth<number> | null;
    training: ByWidth<number> | null;
    validation: ByWidth<number> | null;
    class_weights: ByWidth<number> | null;
    /** [label][decision] */
    confusion: ByWidth<ByWidth<number>> | null;
    calibration: {
      method: string;
      prompts: number;
      held_out_prompts: number;
      uncalibrated: { loss: number; error: number };
      calibrated: { loss: number; error: number };
    } | null;
    cut_prompts: number | null;
    dropped_tokens: number | null;
    training_tokens: number | null;
    parameters: number | null;
    seconds: number | null;
    device: string;
    epochs: TrainingEpoch[];
  };
}

export interface Evaluation {
  strategies: Strategy[];
  routing: Record<string, ByWidth<number>>;
  router: RouterQuality;
  differences: Difference[];
  seconds_differences?: Difference[];
  task_differences?: Difference[];
  best_mix: {
    cost_is: "seconds" | "bits";
    low: number;
    high: number;
    low_share: number;
    score: number;
    cost: number;
  } | null;
  baselines?: { best_fixed: number; best_fixed_seen_test: boolean } | null;
  zones?: Record<string, Zones>;
  live?: {
    prompts: number;
    composed_mean: number;
    live_mean: number;
    ratio: Estimate;
    same_choice: number;
    score: number;
    same_answer: number | null;
  } | null;
  training?: TrainingRecord;
  meta: {
    model: string;
    machine: string;
    tau: number;
    /** As the router's file has it; the paper's where empty or absent. */
    label_mode?: string;
    seed: number;
    prompts: number;
    counts: Record<string, number>;
    widths: number[];
    tasks: string[];
    router: string;
    command: string;
    date: string;
    note: string;
    stages: { name: string; seconds: number; peak_bytes: number }[];
  };
}

export interface ThresholdPoint {
  tau: number;
  prompts: number;
  use: ByWidth<number>;
  score: number | null;
  seconds_mean: number | null;
  bits_mean: number;
}

export interface Area extends Estimate {
  right: number;
  wrong: number;
}

/** Null where all answers are good or none. */
export interface Areas {
  right: Area | null;
  adequate: Area | null;
}

export interface ModeFigures {
  mode: string;
  version: number;
  threshold: number;
  reject_loops: boolean;
  /** Prompts; 0 where the store lacks what the mode `needs`. */
  labelled: number;
  use: ByWidth<number>;
  score: number | null;
  seconds_mean: number | null;
  bits_mean: number | null;
  auc: Areas | null;
  auc_by_width: ByWidth<Areas>;
  needs: string;
}

export interface LoopFigures {
  answers: number;
  loops: number;
  perplexity_median: number | null;
  other_perplexity_median: number | null;
  score: number | null;
  other_score: number | null;
  accepted: number;
}

/** As `paq labels compare --json` prints it. */
export interface ModeComparison {
  prompts: number;
  common: number;
  modes: ModeFigures[];
  pairs: { a: string; b: string; prompts: number; agreement: number; kappa: number | null }[];
  loops: ByWidth<LoopFigures>;
}

export interface LostAnswer {
  bits: number;
  score: number;
  seconds: number | null;
  tokens: number | null;
  /** Null where the store has no text, or another answer by now. */
  text: string | null;
}

export interface LostPrompt {
  task: string;
  split: string;
  id: string;
  prompt: string;
  expected: string[];
  choice: number;
  oracle: number;
  label: number | null;
  probability: number | null;
  answers: LostAnswer[];
}

export interface PageData {
  version: string;
  evaluation: Evaluation;
  thresholds: ThresholdPoint[];
  losses: { prompts: LostPrompt[]; all: number; known: boolean };
  /** Null where fewer than two modes have labels. */
  modes: ModeComparison | null;
  /** At thresholds of equal mean bits. */
  matched_modes: ModeComparison | null;
}

export function readData(): PageData {
  return JSON.parse(document.getElementById("paq-data")?.textContent ?? "") as PageData;
}

export function isFixed(strategy: Strategy): boolean {
  return /^fixed-\d+$/.test(strategy.name);
}
