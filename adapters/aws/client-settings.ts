/**
 * Settings every SDK client shares. Standard retries with six attempts ride out a burst of throttling within one
 * invocation; what lasts longer is the state machine's to wait for.
 */
export const clientSettings = { maxAttempts: 6, retryMode: 'standard' } as const;
