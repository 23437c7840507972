/** The two admission rules that everybody writes first, and reviews of pods to ask them with. */
import type { Draw } from '../seeded-draw.ts';
import type { JsonObject } from './workload.ts';

export const ADMISSION = `package kubernetes.admission

deny contains message if {
  input.request.kind.kind == "Pod"
  some container in containers
  container.securityContext.privileged
  message := sprintf("container %s of pod %s is privileged", [container.name, input.request.object.metadata.name])
}

deny contains message if {
  input.request.kind.kind == "Pod"
  not named_account
  message := sprintf("pod %s runs under the default service account", [input.request.object.metadata.name])
}

containers contains container if some container in input.request.object.spec.containers

containers contains container if some container in input.request.object.spec.initContainers

named_account if {
  account := input.request.object.spec.serviceAccountName
  not account in {"", "default"}
}
`;

export function podReview(draw: Draw, containers: number): JsonObject {
  const name = `pod-${draw.below(1000)}`;
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: `uid-${draw.below(1_000_000)}`,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'default',
      userInfo: { username: 'system:serviceaccount:ci:deployer', groups: ['system:authenticated'] },
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default', labels: { app: name, tier: 'backend' } },
        spec: {
          serviceAccountName: draw.below(4) === 0 ? 'default' : 'orders',
          restartPolicy: 'Always',
          containers: Array.from({ length: containers }, (_, index) => ({
            name: `container-${index}`,
            image: `registry.example.com/team/image-${draw.below(50)}:1.${draw.below(100)}`,
            imagePullPolicy: 'IfNotPresent',
            resources: { limits: { cpu: '500m', memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
            env: [{ name: 'LOG_LEVEL', value: 'info' }],
            ports: [{ containerPort: 8080 + index, protocol: 'TCP' }],
            volumeMounts: [{ name: 'token', mountPath: '/var/run/token', readOnly: true }],
            securityContext: { privileged: draw.below(40) === 0, runAsNonRoot: true },
          })),
        },
      },
    },
  };
}
