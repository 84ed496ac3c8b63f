import type { Language } from '../kernel/viewer.js';
import type { FigureStyle } from './figures.js';

/** What stands on a paper, before anybody has said where: plain values, so it can be handed to another thread. */
export interface Sheet {
  /** A4, or the roll of 80 mm of a receipt printer. */
  format: 'A4' | 'SLIP';
  style: FigureStyle;
  letterhead: Letterhead;
  title: string;
  number: string;
  /** Laid over each page, such as VOID. */
  stamp: string | null;
  party: { heading: string; lines: readonly string[] } | null;
  facts: readonly Fact[];
  columns: readonly Column[];
  rows: readonly Row[];
  totals: readonly Total[];
  remarks: readonly Fact[];
  /** A line to sign on for each. */
  signatures: readonly string[];
  verification: { url: string; caption: string };
  /** Below every page. */
  footer: readonly string[];
}

export interface Letterhead {
  name: string;
  lines: readonly string[];
  /** PNG. */
  logo: { png: Uint8Array; width: number; height: number } | null;
}

export interface Fact {
  label: string;
  value: string;
}

export interface Column {
  label: string;
  /** Its share of the width. */
  share: number;
  /** Figures stand at the right, in Arabic too, so that their digits are below one another. */
  kind: 'text' | 'figure';
}

export interface Row {
  /** A cell, or what stands in it and, smaller, below it. */
  cells: readonly (string | readonly [string, string])[];
  strong?: boolean;
}

export interface Total extends Fact {
  strong?: boolean;
}

export const isRightToLeft = (language: Language): boolean => language === 'ar';
