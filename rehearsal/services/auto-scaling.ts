/** EC2 Auto Scaling (EC2 Auto Scaling API reference). */
export { descriptionOperations as autoScalingOperations } from './auto-scaling/descriptions.ts';
