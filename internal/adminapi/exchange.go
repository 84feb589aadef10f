package adminapi

import "github.com/apscloud/apsid/internal/idp"

// Exchange is an API of another app that an app may call for the person who is signed in (RFC 8693).
type Exchange struct {
	API    idp.ClientID `json:"api" pattern:"^[a-z0-9][a-z0-9.-]{1,62}$" patternDescription:"2 to 63 small letters, digits, dots and dashes" doc:"The identifier of the API's registration."`
	Scopes []string     `json:"scopes" pattern:"^[A-Za-z0-9][A-Za-z0-9:._/-]{0,99}$" patternDescription:"at most 100 letters, digits and :._/-" nullable:"false" minItems:"1" maxItems:"50" doc:"What it may ask for there, at most."`
}

func exchangeOf(e idp.Exchange) Exchange { return Exchange{API: e.API, Scopes: same(e.Scopes)} }

func (e Exchange) domain() idp.Exchange { return idp.Exchange(e) }

func exchangesAt(list *[]Exchange) *[]idp.Exchange {
	if list == nil {
		return nil
	}
	exchanges := each(*list, Exchange.domain)
	return &exchanges
}
