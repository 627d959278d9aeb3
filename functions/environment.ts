/** The names of resources, from the environment the template gives a function. Read once, when the function starts. */
export const environment = <Name extends string>(...names: readonly Name[]): Readonly<Record<Name, string>> => {
  const missing = names.filter((name) => process.env[name] === undefined);
  if (missing.length > 0) {
    throw new Error(
      `the environment lacks ${missing.join(', ')}; the template of the stack sets ${missing.length === 1 ? 'it' : 'them'}`,
    );
  }
  return Object.freeze(
    Object.fromEntries(names.map((name) => [name, process.env[name] ?? ''])) as Record<Name, string>,
  );
};

/** The account and Region this stack lies in. Lambda sets AWS_REGION, the template sets ACCOUNT_ID. */
export const hub = (): { accountId: string; region: string } => {
  const { ACCOUNT_ID, AWS_REGION } = environment('ACCOUNT_ID', 'AWS_REGION');
  return { accountId: ACCOUNT_ID, region: AWS_REGION };
};
