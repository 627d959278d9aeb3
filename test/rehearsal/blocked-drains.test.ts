import { describe, expect, test } from 'vitest';
import { onlyAnswer, playFile } from './play.ts';

/** A node that cannot be emptied: who is told what. Each text names the pod and what keeps it. */
describe.each([
  ['blocked-drain.yaml', 'shop/db', 'PodDisruptionBudget shop/db', 'PodDisruptionBudget shop/db'],
  ['self-managed-budget-never-frees.yaml', 'shop/db', 'PodDisruptionBudget shop/db', 'disruption budget db'],
  ['two-budgets-on-a-pod.yaml', 'shop/cache', 'shop/cache, shop/cache-2', 'shop/cache and shop/cache-2'],
  ['self-managed-two-budgets.yaml', 'shop/cache', 'shop/cache, shop/cache-2', 'shop/cache, shop/cache-2'],
])('%s', (file, workload, budget, inReason) => {
  test('says in the plan, in the reason and to people which pod stays, and by which budget', async () => {
    const played = await playFile(file);
    expect(played.report.differences).toEqual([]);
    const { outcome, reason, plan } = onlyAnswer(played);
    const found = (plan?.findings ?? []).map(({ message }) => message).filter((text) => text.includes(budget));
    expect(found).toEqual([expect.stringMatching(new RegExp(`${workload}-[0-9a-f]+`))]);
    expect(outcome).toBe('Held');
    expect(reason).toMatch(new RegExp(`pod ${workload}-[0-9a-f-]+ stays .*${inReason}`));
    const told = [...played.aws.world.topics.values()].flatMap(({ messages }) => messages.map(({ text }) => text));
    const last = told.at(-1);
    expect(last).toMatch(new RegExp(`pod ${workload}-[0-9a-f-]+ stays`));
    expect(last).toContain(inReason);
  });
});
