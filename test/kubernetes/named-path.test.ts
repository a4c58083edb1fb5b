import t from 'tap';
import { namedPath } from '../../src/kubernetes/named-path.ts';

t.test('items of lists go by what names them', async (t) => {
  const spec = {
    containers: [
      { name: 'a', ports: [{ containerPort: 80 }, { name: 'dns', containerPort: 53, protocol: 'UDP' }] },
      { name: 'b', env: [{ name: 'X' }], ports: [{ containerPort: 53, protocol: 'UDP' }] },
      { name: '' },
      7,
    ],
    ingress: [{ action: 'Allow' }],
    a: 'b',
  };
  for (const [pointer, path] of [
    ['', []],
    ['/a', ['a']],
    ['/containers', ['containers']],
    ['/containers/0/name', ['containers', ['a'], 'name']],
    ['/containers/1/securityContext/runAsUser', ['containers', ['b'], 'securityContext', 'runAsUser']],
    ['/containers/1/env/0', ['containers', ['b'], 'env', ['X']]],
    ['/containers/0/ports/0', ['containers', ['a'], 'ports', [80, 'TCP']]],
    ['/containers/0/ports/1', ['containers', ['a'], 'ports', ['dns']]],
    ['/containers/1/ports/0', ['containers', ['b'], 'ports', [53, 'UDP']]],
    ['/containers/2', ['containers', '2']],
    ['/containers/3', ['containers', '3']],
    ['/containers/9/name', ['containers', '9', 'name']],
    ['/ingress/0/action', ['ingress', '0', 'action']],
  ] as const)
    t.same(namedPath({ ...spec }, pointer), path, pointer);
});
