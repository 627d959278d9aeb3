import { describe, expect, test } from 'vitest';
import type { NodeGroupRecord } from '../../../core/node-group/record.ts';
import { passedBy } from '../../../core/release/passed-release.ts';
import { aRecord, imageOf, newest, now, versionOf } from '../builders.ts';

const about = { rolloutId: 'rollout-9', clusterName: 'prod', passedAt: now };
const updated = aRecord('web', { outcome: 'Updated', hasPassed: true });

describe('a settled node group', () => {
  test('that passed proves its release, for its variant and Kubernetes minor', () => {
    expect(passedBy(updated, about)).toEqual({
      ...about,
      listing: 'AL2023_x86_64_STANDARD/1.33',
      imageId: imageOf(newest),
      releaseVersion: versionOf(newest),
      nodeGroup: 'web',
    });
  });

  test.each<{ title: string; given: Partial<NodeGroupRecord> }>([
    { title: 'without nodes', given: { hasPassed: false } },
    { title: 'that went back after it had passed', given: { outcome: 'RolledBack' } },
    { title: 'that is held', given: { outcome: 'Held' } },
    { title: 'whose releases nobody can list', given: { source: null } },
  ])('$title proves nothing', ({ given }) => {
    expect(passedBy({ ...updated, ...given }, about)).toBeNull();
  });
});
