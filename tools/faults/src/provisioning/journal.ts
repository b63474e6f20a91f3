/** What the app still owes, as its metrics say. */
export interface JournalCounts {
  readonly running: number;
  readonly removing: number;
  readonly settling: number;
  /** All of these. */
  readonly runs: number;
  readonly leftovers: number;
}

export async function readJournal(url: string): Promise<JournalCounts> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = (series: string): number => {
    const line = text.split('\n').find((it) => it.startsWith(`${series} `));
    if (line === undefined) throw new Error(`the metrics of the app do not have ${series}`);
    return Number(line.slice(series.length));
  };
  const inState = (state: string) => value(`provision_journal_runs{state="${state}"}`);
  const [running, removing, settling] = [inState('running'), inState('removing'), inState('settling')];
  return {
    running,
    removing,
    settling,
    runs: running + removing + settling,
    leftovers: value('provision_leftovers'),
  };
}
