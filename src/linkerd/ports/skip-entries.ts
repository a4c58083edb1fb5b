/**
 * The ways by which the text of a skip list gets to iptables; each reads it differently:
 * - `init-inbound`: printed unescaped into the template of linkerd-init, between double quotes of YAML
 * - `init`: printed there as a quoted Go string, which YAML reads back; for `skip-outbound-ports` and `skip-subnets`
 * - `cni`: read from the annotation by the CNI plugin
 */
export type SkipRoute = 'init-inbound' | 'init' | 'cni';

/**
 * Tells how a list of skipped ports gets to iptables in an installation: by linkerd-init, or by the CNI plugin in its
 * place. For `skip-subnets` the direction is `outbound`.
 *
 * @param direction Whether the list is that of `skip-inbound-ports` or `skip-outbound-ports`.
 * @param installation `cni`: whether the CNI plugin sets up the redirect.
 * @returns The route by which `readSkipPorts` reads the list.
 * @example
 * skipRoute('inbound', { cni: false }); // 'init-inbound'
 */
export function skipRoute(direction: 'inbound' | 'outbound', { cni }: { readonly cni: boolean }): SkipRoute {
  if (cni) return 'cni';
  return direction === 'inbound' ? 'init-inbound' : 'init';
}

/** The entries of a list, untrimmed, or why they cannot be known. */
type SkipEntries = { readonly entries: readonly string[] } | { readonly unreadable: string };

/**
 * Splits a skip list as its route to iptables does. linkerd-init takes it as a flag: only the first line that is not empty
 * counts, and it is read as CSV. The CNI plugin splits it at its commas. Nothing is trimmed here.
 *
 * A list is unreadable if it can become anything: with a quote, which ends the YAML or begins a CSV field that may contain
 * commas; with a backslash, which YAML resolves; with a variable of the container, such as that of a Service; and if it is
 * longer than any list needs to be.
 * Source: linkerd2 charts/partials/templates/_proxy-init.tpl, linkerd2-proxy-init proxy-init/cmd/root.go (pflag's
 * StringSliceVar, encoding/csv) and cni-plugin/main.go, Kubernetes third_party/forked/golang/expansion.
 */
export function skipEntries(text: string, route: SkipRoute): SkipEntries {
  if (text.length > longestList) return { unreadable: tooLong };
  if (route === 'cni') return { entries: text === '' ? [] : text.split(',') };
  if (text.includes('"')) return { unreadable: 'it holds a quotation mark' };
  if (text.includes('$(')) return { unreadable: 'it holds a variable, which Kubernetes replaces' };
  if (route === 'init') return { entries: firstRecord(text) };
  if (text.includes('\\')) return { unreadable: 'it holds a backslash, which YAML resolves' };
  if (/[^\P{Cc}\t\n\r]|[\u2028\u2029]/u.test(text)) return { unreadable: 'it holds a control character' };
  // The proxy's own ports come first, so the first line is never empty, and CSV does not skip it.
  return { entries: firstRecord(`0,${foldLines(text)}`).slice(1) };
}

/** Longer than any real list of ports or networks, and short enough for each reader. */
export const longestList = 4096;

/** Why a longer list is not read. */
export const tooLong = `it is longer than ${longestList} characters`;

/** The first record of a CSV without quotes: empty lines are skipped, `\r` before the end of a line is dropped. */
function firstRecord(text: string): readonly string[] {
  if (text === '') return [];
  const line = text.split('\n').find((candidate, index, lines) => {
    const isLast = index === lines.length - 1;
    return candidate !== '' && (candidate !== '\r' || isLast);
  });
  return (line ?? '').replace(/\r$/, '').split(',');
}

/**
 * Folds line breaks as YAML does between double quotes: one becomes a space, several become one less, blanks around
 * them are removed.
 */
function foldLines(text: string): string {
  const [head = '', ...lines] = text.split(/\r\n|\r|\n/);
  let folded = lines.length === 0 ? head : withoutBlanksAtEnd(head);
  let empty = 0;
  for (const [index, line] of lines.entries()) {
    const isLast = index === lines.length - 1;
    const begun = line.replace(/^[ \t]+/, '');
    const rest = isLast ? begun : withoutBlanksAtEnd(begun);
    if (rest === '' && !isLast) empty += 1;
    else {
      folded += (empty === 0 ? ' ' : '\n'.repeat(empty)) + rest;
      empty = 0;
    }
  }
  return folded;
}

function withoutBlanksAtEnd(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end -= 1;
  return line.slice(0, end);
}
