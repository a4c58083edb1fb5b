/** The API's time with microseconds (`metav1.MicroTime`), from milliseconds since 1970. */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}
