import { NodegroupIssueCode } from '@aws-sdk/client-eks';
import { expect, test } from 'vitest';
import { healthIssues, hinderingIssues, mendingOf } from '../../../core/plan/health-issues.ts';

const issues = (...codes: string[]) => codes.map((code) => ({ code }));

test('each health issue that the SDK knows has a meaning, and no other', () => {
  expect(Object.keys(healthIssues).sort()).toEqual(Object.values(NodegroupIssueCode).sort());
});

test('what another AMI can end hinders nothing; what is not known lasts', () => {
  expect(hinderingIssues(issues('NodeCreationFailure', 'IamThrottling', 'AccessDenied', 'NewInTheApi'))).toEqual({
    passing: issues('IamThrottling'),
    lasting: issues('AccessDenied', 'NewInTheApi'),
  });
});

test('what must be mended is said once', () => {
  expect(mendingOf(issues('LimitExceeded', 'InstanceLimitExceeded'))).toBe(
    'ask for a higher quota, or free what is not used',
  );
  expect(mendingOf(issues('NewInTheApi', 'KubernetesLabelInvalid'))).toBe(
    'find out what NewInTheApi means; mend the labels of the node group',
  );
});
