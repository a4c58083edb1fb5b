/** A kind of custom resource of which it is known that an operator makes pods of it, and how. */
export interface CustomWorkload {
  readonly group: string;
  readonly kind: string;
  /** Maps of annotations that its pods get, as paths with `*` for every entry of a list or a map. */
  readonly annotations: readonly string[];
  /** Where it puts its pods into the network of their node. */
  readonly hostNetwork?: readonly string[];
  /** Said where annotations of the resource's own metadata are known not to reach its pods. */
  readonly ownAnnotations?: 'stay';
  /** Labels that the operator gives to pods, with `{name}` for the resource's name; several where pods differ. */
  readonly labels?: Readonly<Record<string, string | readonly string[]>>;
  /** Service accounts that the operator makes, with `{name}` for the resource's name. */
  readonly accounts?: readonly string[];
  /** Said where the operator makes its objects anew if their pod template has other annotations than it gave them. */
  readonly comparesAnnotations?: true;
  /** Said where the webhooks of the cluster are asked about such resources. */
  readonly sent?: true;
  /** Where all of this is written. */
  readonly source: string;
}
