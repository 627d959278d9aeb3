import { expect, test } from 'vitest';
import type { MaintenanceWindow } from '../../../core/policy/policy.ts';
import { longestWindowMinutes } from '../../../core/window/window-length.ts';

const everyDay: MaintenanceWindow['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const aWindow = (days: MaintenanceWindow['days'], from: string, to: string, timeZone = 'UTC'): MaintenanceWindow => ({
  days,
  from,
  to,
  timeZone,
});

test.each<[string, MaintenanceWindow[], number | null]>([
  ['none: always', [], null],
  ['one', [aWindow(['tue'], '09:00', '15:00')], 360],
  ['over midnight', [aWindow(['tue'], '22:00', '04:00')], 360],
  ['the longer of two', [aWindow(['tue'], '09:00', '10:00'), aWindow(['wed'], '09:00', '11:00')], 120],
  ['two that touch', [aWindow(['fri'], '22:00', '00:00'), aWindow(['sat'], '00:00', '06:00')], 480],
  ['a weekend', [aWindow(['sat', 'sun'], '00:00', '00:00')], 2880],
  ['from Sunday to Monday', [aWindow(['sun'], '20:00', '00:00'), aWindow(['mon'], '00:00', '02:00')], 360],
  ['the whole week', [aWindow(everyDay, '12:00', '12:00')], null],
  [
    'two zones are not added',
    [aWindow(['mon'], '00:00', '01:00'), aWindow(['mon'], '01:00', '02:00', 'Asia/Kolkata')],
    60,
  ],
])('%s', (_, windows, expected) => {
  expect(longestWindowMinutes(windows)).toBe(expected);
});
