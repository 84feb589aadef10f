// Command apsid is APS ID: the OpenID Connect provider, its demo, and the tools of those who run it.
package main
