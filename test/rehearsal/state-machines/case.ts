/**
 * A rule of the States Language as data: a definition, what its tasks answer, and what must come of it. Nothing in a case
 * knows which engine plays it: the same files can be held against another one, or against AWS.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const json = z.json();

/** How one attempt of a task ends. */
const Answer = z.strictObject({
  /** Seconds until it answers. */
  after: z.number().default(0),
  result: json.optional(),
  /** Answers with its own arguments. */
  echo: z.literal(true).optional(),
  /** Answers with a string whose JSON has this many bytes, made of `of`. */
  bytes: z.int().optional(),
  of: z.string().default('x'),
  error: z.string().optional(),
  cause: z.string().default(''),
  /** Never answers. */
  never: z.literal(true).optional(),
  /** The job is accepted with this answer before anything else happens. */
  submitted: json.optional(),
  /** Seconds at which it sends a heartbeat. */
  beats: z.array(z.number()).default([]),
});

const Event = z.strictObject({
  type: z.string(),
  previous: z.int(),
  /** Seconds since the start. */
  at: z.number().default(0),
  /** The `...EventDetails` member; texts that hold JSON are compared as JSON. */
  details: json.optional(),
});

const Expectation = z.strictObject({
  /** The definition is not even accepted: where, and a part of what is said. */
  refused: z.strictObject({ path: z.string(), says: z.string() }).optional(),
  status: z.enum(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']).optional(),
  output: json.optional(),
  error: z.string().nullable().optional(),
  /** The whole cause; null if there must be none. */
  cause: z.string().nullable().optional(),
  /** A part of the cause. */
  causeHas: z.string().optional(),
  /** Length of error and cause. */
  lengths: z.strictObject({ error: z.int(), cause: z.int() }).optional(),
  /** Pretend seconds from start to end. */
  seconds: z.number().optional(),
  transitions: z.int().optional(),
  /** Seconds at which each attempt of a task began, by state. */
  attempts: z.record(z.string(), z.array(z.number())).optional(),
  /** What each attempt was given, by state. */
  arguments: z.record(z.string(), z.array(json)).optional(),
  /** Why tasks were given up, by state. */
  cut: z.record(z.string(), z.array(z.string())).optional(),
  /** Event types, all of them in order. */
  events: z.array(z.string()).optional(),
  /** previousEventId of all events. */
  previous: z.array(z.int()).optional(),
  /** The history, written out whole. */
  history: z.array(Event).optional(),
  /** Children of Distributed Maps in the order they started: status and input. */
  children: z.array(z.strictObject({ status: z.string(), input: json })).optional(),
});

const Case = z.strictObject({
  rule: z.string(),
  /** The page the rule rests on. */
  page: z.string(),
  /** Why it can be played by this engine alone, as the tests start it. */
  onlyHere: z.string().optional(),
  definition: z.record(z.string(), json),
  input: json.default({}),
  tasks: z.record(z.string(), z.array(Answer)).default({}),
  stop: z.strictObject({ at: z.number(), error: z.string().optional(), cause: z.string().optional() }).optional(),
  expect: Expectation,
});

export type Case = z.infer<typeof Case>;
export type Answer = z.infer<typeof Answer>;

const folder = new URL('cases/', import.meta.url);

/** All cases, by the file that holds them. */
export const cases: readonly (readonly [file: string, Case[]])[] = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .sort()
  .map((file) => [file.replace('.yaml', ''), z.array(Case).parse(parse(readFileSync(new URL(file, folder), 'utf8')))]);
