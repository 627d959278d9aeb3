import { InvalidArgumentError } from 'commander';

export const parsePort = (text: string): number => {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('a port is a number from 0 to 65535; 0 takes a free one');
};

export const parseSpeed = (text: string): number => {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const speed = Number(text);
  if (Number.isFinite(speed) && speed > 0) return speed;
  throw new InvalidArgumentError('a speed is a number of pretend seconds a real second, or max');
};
