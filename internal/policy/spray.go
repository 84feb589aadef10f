package policy

import "github.com/apscloud/apsid/internal/idp"

// WrongPassword is what a wrong password counts, beside the counter of the user name: the network that it came from, and a wider circle
// around that. A browser in which its owner has signed in before counts on neither, and is refused by neither.
func WrongPassword(address string) []idp.Use {
	return []idp.Use{
		{Limit: idp.LimitWrongPasswordsByNetwork, Of: Network(address)},
		{Limit: idp.LimitWrongPasswordsBySite, Of: Site(address)},
	}
}
