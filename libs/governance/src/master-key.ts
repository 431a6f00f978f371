/**
 * Reads a master key from configuration: 64 hex digits, or base64 of 32 bytes.
 * @throws Error that says what is wrong without repeating the value.
 */
export function parseMasterKey(text: string): Buffer {
  const trimmed = text.trim();
  const key = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, 'hex') : Buffer.from(trimmed, 'base64');
  const readable = /^[0-9a-f]{64}$/i.test(trimmed) || /^[A-Za-z0-9+/_-]+={0,2}$/.test(trimmed);
  if (!readable || key.length !== 32)
    throw new Error('the master key must be 32 random bytes as 64 hex digits or base64, e.g. from `openssl rand -base64 32`');
  return key;
}
