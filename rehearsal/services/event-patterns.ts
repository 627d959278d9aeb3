/** EventBridge event patterns (EventBridge user guide, eb-create-pattern-operators), as far as the template uses them. */
export const matchesPattern = (pattern: unknown, event: unknown): boolean => {
  if (Array.isArray(pattern)) return pattern.some((each) => matchesValue(each, event));
  if (typeof pattern !== 'object' || pattern === null) return false;
  const members = typeof event === 'object' && event !== null ? (event as Record<string, unknown>) : {};
  return Object.entries(pattern).every(([name, below]) => matchesPattern(below, members[name]));
};

const matchesValue = (expected: unknown, value: unknown): boolean => {
  if (typeof expected !== 'object' || expected === null) {
    return Array.isArray(value) ? value.includes(expected) : value === expected;
  }
  const [operator, operand] = Object.entries(expected)[0] ?? [];
  switch (operator) {
    case 'prefix':
      return typeof value === 'string' && value.startsWith(String(operand));
    case 'suffix':
      return typeof value === 'string' && value.endsWith(String(operand));
    case 'exists':
      return (value !== undefined) === operand;
    case 'anything-but':
      return value !== undefined && !(Array.isArray(operand) ? operand : [operand]).includes(value);
    default:
      throw new Error(`the operator ${operator} of event patterns is not played`);
  }
};
