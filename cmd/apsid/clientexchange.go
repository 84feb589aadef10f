package main

import (
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/pkg/adminclient"
)

// exchanges are what an edit has of flags like api=scope,scope: nil if none was given, and empty if the only one says none.
func exchanges(flags []string) (*[]adminclient.Exchange, error) {
	given := listed(flags)
	if given == nil {
		return nil, nil
	}
	list := []adminclient.Exchange{}
	for _, flag := range *given {
		e, is := idp.ParseExchange(flag)
		if !is {
			return nil, &config.Problem{Key: "exchange", Value: flag, Text: "must be an API and its scopes, like ledger-api=ledger.read,ledger.write"}
		}
		list = append(list, adminclient.Exchange{API: string(e.API), Scopes: e.Scopes})
	}
	return &list, nil
}

// exchangesOf writes them as the flags have them.
func exchangesOf(r adminclient.Registration) string {
	texts := make([]string, len(r.Exchanges))
	for i, e := range r.Exchanges {
		texts[i] = idp.Exchange{API: idp.ClientID(e.API), Scopes: e.Scopes}.String()
	}
	return words(texts)
}
