import { type Config, type LoadResult, type Problem, loadConfig } from '../src/index.js';

export const load = (text: string | undefined, env: Record<string, string> = {}): LoadResult =>
  loadConfig({ env, ...(text !== undefined && { file: { path: 'config.toml', text } }) });

export function config(text: string | undefined, env: Record<string, string> = {}): Config {
  const result = load(text, env);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problems)}`);
  return result.config;
}

export function problems(text: string | undefined, env: Record<string, string> = {}): readonly Problem[] {
  const result = load(text, env);
  return result.ok ? [] : result.problems;
}

/** Keys of the warnings (not of the notes). */
export const warned = (result: LoadResult): string[] =>
  result.warnings.filter(({ severity }) => severity === 'warning').map(({ key }) => key);

/** A layout that is right, for tests about something else. */
export const LAYOUT = `
[[clients]]
name = "gw"
[clients.metadata]
external_id = "x"
[[channels]]
name = "control"
[channels.metadata]
type = "control"
[[channels]]
name = "data"
[channels.metadata]
type = "data"
`;
