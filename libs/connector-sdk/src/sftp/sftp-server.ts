/** Where an SFTP server is. */
export interface SftpServer {
  host: string;
  /** Default 22. */
  port?: number;
  /** SHA-256 of its host key as OpenSSH prints it (`ssh-keygen -lf`), such as `SHA256:uNiVztksCsDhcc0u9e8BrQ4v…`: another server is never spoken to. */
  hostKey: string;
  /** Of connecting, and of each operation, ms; default 60 s. */
  timeoutMs?: number;
  /** A larger file is refused; default 64 MiB. */
  maxFileBytes?: number;
}
