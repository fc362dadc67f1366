// Package ext is where builds of Traefik can extend its configuration. Traefik's own build takes an empty one from a
// folder of its repository, which is not part of the published module; this is that, for the build here.
package ext

// HTTP is what else a configuration's section `http` has.
type HTTP struct{}

// Router is what else a router has.
type Router struct{}
