// Hosts: where links to the outside may lead. A name that is not here is a typo, or worth a second look.

export const knownHosts: readonly string[] = [
  "diataxis.fr",
  "docs.k3s.io",
  "github.com",
  "keepachangelog.com",
  "kwok.sigs.k8s.io",
  "www.pulumi.com",
];
