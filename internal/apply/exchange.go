package apply

import "github.com/apscloud/apsid/internal/idp"

// exchanges are the APIs that an app may call for a person, each like api=scope,scope.
func (r *reader) exchanges(said *[]string, stored []idp.Exchange) []idp.Exchange {
	if said == nil {
		return stored
	}
	list := make([]idp.Exchange, 0, len(*said))
	for _, text := range *said {
		e, is := idp.ParseExchange(text)
		if !is {
			r.fail("exchanges", "must be APIs with their scopes, like ledger-api=ledger.read,ledger.write")
		}
		list = append(list, idp.Exchange{API: e.API, Scopes: sorted(e.Scopes)})
	}
	return list
}
