/** What the server shows to its clients. */
export interface ServingCertificate {
  /** PEM: the leaf first, then what is between it and the root, if anything. */
  readonly certificate: string;
  readonly key: string;
  /** PEM of the authorities that clients should trust (`caBundle`), where the source knows them. */
  readonly authorities?: string;
  /** When the first certificate of the chain ends, authority included. */
  readonly end: Date;
  /** SHA-256 of the leaf, as `AB:CD:…`. */
  readonly fingerprint: string;
}

/** Where the serving certificate comes from, and comes from again when it is renewed. */
export interface CertificateSource {
  /** Gets the first certificate. @throws where there is none that could be served. */
  readonly start: () => Promise<void>;
  /** The newest certificate that can be served. @throws before `start` has ended. */
  readonly current: () => ServingCertificate;
  /** Why something newer is not in use, or undefined where all is well. */
  readonly problem: () => string | undefined;
  /** Hears of each certificate that takes the place of another; the returned function ends that. */
  readonly onChange: (listener: (certificate: ServingCertificate) => void) => () => void;
  readonly close: () => void;
}
