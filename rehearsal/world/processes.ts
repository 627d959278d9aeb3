/** Processes of an Auto Scaling group that can be suspended (EC2 Auto Scaling user guide, as-suspend-resume-processes). */
export const processes = [
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'Launch',
  'ReplaceUnhealthy',
  'ScheduledActions',
  'Terminate',
] as const;
