import { Agent, request } from 'node:https';
import { AccessDenied, TransientFault } from '../fault.ts';

/** Where a cluster's Kubernetes API is, and whom to trust there. */
export interface ApiEndpoint {
  url: string;
  /** PEM. */
  certificateAuthority: string;
}

/** The API said no such thing. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

/** The API has one of this name already. */
export class AlreadyExists extends Error {
  override readonly name = 'AlreadyExists';
}

/** The API takes no such object: it is not valid, or a webhook is against it. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** The API said not now: a disruption budget is used up, or it has too much to do. */
export class TooManyRequests extends TransientFault {
  /** What it said, with the cause it named. */
  readonly told: string;

  constructor(message: string, told: string) {
    super(message);
    this.told = told;
  }
}

const timeoutMilliseconds = 10_000;

/**
 * A thin client of the Kubernetes API: JSON over `node:https`, because the built-in fetch cannot be given a certificate
 * authority.
 */
export class KubernetesApi {
  readonly #endpoint: ApiEndpoint;
  readonly #agent: Agent;

  constructor(endpoint: ApiEndpoint) {
    this.#endpoint = endpoint;
    this.#agent = new Agent({ ca: endpoint.certificateAuthority, keepAlive: true });
  }

  /** Reads a list to its end, page by page. */
  async list<T>(path: string, query: Readonly<Record<string, string>>, token: string): Promise<T[]> {
    const items: T[] = [];
    let next: string | undefined;
    do {
      const parameters = new URLSearchParams({
        ...query,
        limit: '500',
        ...(next === undefined ? {} : { continue: next }),
      });
      const page = (await this.#send('GET', `${path}?${parameters}`, token)) as {
        items?: T[];
        metadata?: { continue?: string };
      };
      items.push(...(page.items ?? []));
      next = page.metadata?.continue;
    } while (next !== undefined && next !== '');
    return items;
  }

  async patch(path: string, body: unknown, token: string): Promise<void> {
    await this.#send('PATCH', path, token, body);
  }

  post(path: string, body: unknown, token: string): Promise<unknown> {
    return this.#send('POST', path, token, body);
  }

  async remove(path: string, token: string): Promise<void> {
    await this.#send('DELETE', path, token);
  }

  #send(method: string, path: string, token: string, body?: unknown): Promise<unknown> {
    const what = `kubernetes ${method} ${path}`;
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, this.#endpoint.url),
        {
          method,
          agent: this.#agent,
          timeout: timeoutMilliseconds,
          headers: {
            authorization: `Bearer ${token}`,
            accept: 'application/json',
            ...(body === undefined
              ? {}
              : { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', (error) => reject(new TransientFault(`${what}: ${error.message}`, { cause: error })));
          response.on('end', () => {
            try {
              resolve(answerOf(what, response.statusCode ?? 0, Buffer.concat(chunks).toString()));
            } catch (error) {
              reject(error);
            }
          });
        },
      );
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMilliseconds} ms`)));
      sent.on('error', (error) => reject(new TransientFault(`${what}: ${error.message}`, { cause: error })));
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

const answerOf = (what: string, statusCode: number, text: string): unknown => {
  if (statusCode >= 200 && statusCode < 300) return JSON.parse(text);
  const told = `${what}: ${statusCode}: ${messageOf(text)}`;
  if (statusCode === 401 || statusCode === 403) throw new AccessDenied(told);
  if (statusCode === 404) throw new NotFound(told);
  if (statusCode === 409) throw new AlreadyExists(told);
  if (statusCode === 400 || statusCode === 422) throw new Refused(told);
  if (statusCode === 429) throw new TooManyRequests(told, causeOf(text));
  if (statusCode >= 500) throw new TransientFault(told);
  throw new Error(told);
};

/** The first cause of a Status says more than its message: which disruption budget, and how far it is used. */
const causeOf = (text: string): string => {
  try {
    const { details } = JSON.parse(text) as { details?: { causes?: { message?: unknown }[] } };
    const cause = details?.causes?.[0]?.message;
    if (typeof cause === 'string') return cause;
  } catch {
    // Not JSON, see below.
  }
  return messageOf(text);
};

/** A Status object says what is wrong; anything else is shown as it came, cut short. */
const messageOf = (text: string): string => {
  try {
    const status = JSON.parse(text) as { message?: unknown };
    if (typeof status.message === 'string') return status.message;
  } catch {
    // Not JSON: a proxy's page, for example.
  }
  return text.slice(0, 200);
};
