/**
 * The ways by which the text of a skip list gets to iptables, each with a reader of its own:
 * - `init-inbound`: printed into the template of linkerd-init between double quotes of YAML, as it is
 * - `init`: printed there in Go's quotes, which YAML takes back; `skip-outbound-ports` and `skip-subnets`
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

/** The entries of a list, untrimmed, or why nobody can say what becomes of it. */
type SkipEntries = { readonly entries: readonly string[] } | { readonly unreadable: string };

/**
 * Takes a skip list apart as its way to iptables does. linkerd-init takes it as a flag, of which only the first line
 * that is not empty counts, in the form of CSV; the plugin splits it at its commas. Nothing is trimmed here.
 *
 * A list is unreadable where it can become anything: by a quote, which ends the YAML or begins a CSV field with commas
 * of its own; by a backslash, which YAML resolves; by a variable of the container, such as that of a Service; and where
 * it is longer than any list needs to be.
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
  // The proxy's own ports stand before it, so its first line is never the empty one that CSV skips.
  return { entries: firstRecord(`0,${foldLines(text)}`).slice(1) };
}

/** More than the longest list of ports or networks that anybody writes, and little work for each of its readers. */
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

/** Line breaks between double quotes of YAML: one is a space, more are one less, and blanks around them go. */
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
