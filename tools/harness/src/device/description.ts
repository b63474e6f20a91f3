/** What a device says of itself. */
export const DESCRIPTION = {
  model: 'Gateway 7',
  serial: 'SN-0042',
  hostname: 'press-9',
  address: '10.1.7.9',
} as const;
