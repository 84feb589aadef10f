// Command zitadel is an app as the documentation of the relying party of github.com/zitadel/oidc shows one, for the tests of package
// stockclients. It owns nothing but its cookies; it never works around anything of the provider.
package main
