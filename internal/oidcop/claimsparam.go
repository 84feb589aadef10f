package oidcop

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
)

// asked names the claims that an app asked for one by one (OpenID Connect Core, section 5.5), by where they are to stand. Only claims
// that there are, and that the app may have, are among them: it stays small whatever was sent.
type asked struct {
	IDToken  []string `json:"id_token,omitempty"`
	Userinfo []string `json:"userinfo,omitempty"`
	// ACR is the strengths that the app asked for, of those there are, in its order.
	ACR []idp.ACR `json:"acr,omitempty"`
}

// told is the acr of an ID token for a session of this strength: the first of those that the app asked for which it reaches, so that an app
// that compares finds what it asked for (section 5.5.1.1); what the session has where the app asked for nothing that it reaches.
func (a asked) told(session idp.ACR) idp.ACR {
	for _, acr := range a.ACR {
		if session.Satisfies(acr) {
			return acr
		}
	}
	return session
}

// encode returns what is stored: JSON, "" if nothing was asked for.
func (a asked) encode() string {
	if len(a.IDToken)+len(a.Userinfo)+len(a.ACR) == 0 {
		return ""
	}
	text, err := json.Marshal(a)
	if err != nil {
		return "" // can't be: names are text
	}
	return string(text)
}

// decodeAsked reads what encode returned; of anything else, nothing was asked for.
func decodeAsked(text string) (a asked) {
	if text == "" || json.Unmarshal([]byte(text), &a) != nil {
		return asked{}
	}
	return a
}

// wantedClaim is how one claim is asked for (section 5.5.1). Of any claim but sub and acr the value is given as it is, whatever value
// was asked for: the app compares.
type wantedClaim struct {
	essential bool
	values    []json.RawMessage // value and values
}

// claimsRequest is the claims parameter, by where the claims are to stand.
type claimsRequest struct{ idToken, userinfo map[string]wantedClaim }

var errClaims = errors.New("the claims parameter is malformed")

// parseClaims reads the claims parameter. Members that it does not know are ignored, as section 5.5 asks.
func parseClaims(text string) (request claimsRequest, err error) {
	members, err := members([]byte(text))
	if err != nil {
		return claimsRequest{}, err
	}
	if request.idToken, err = parseWanted(members["id_token"]); err != nil {
		return claimsRequest{}, err
	}
	request.userinfo, err = parseWanted(members["userinfo"])
	return request, err
}

// members returns those of a JSON object, by their names to the letter.
func members(text []byte) (map[string]json.RawMessage, error) {
	var object map[string]json.RawMessage
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) || json.Unmarshal(text, &object) != nil {
		return nil, errClaims
	}
	return object, nil
}

func isAbsent(text json.RawMessage) bool { return len(text) == 0 || string(text) == "null" }

func parseWanted(text json.RawMessage) (map[string]wantedClaim, error) {
	if isAbsent(text) {
		return nil, nil
	}
	claims, err := members(text)
	if err != nil {
		return nil, err
	}
	wanted := make(map[string]wantedClaim, len(claims))
	for name, how := range claims {
		if wanted[name], err = parseClaim(how); err != nil {
			return nil, err
		}
	}
	return wanted, nil
}

// parseClaim reads null or an object of essential, value and values.
func parseClaim(text json.RawMessage) (w wantedClaim, err error) {
	if isAbsent(text) {
		return w, nil
	}
	how, err := members(text)
	if err != nil {
		return w, err
	}
	if essential, there := how["essential"]; there && string(essential) != "true" && string(essential) != "false" {
		return w, errClaims
	} else if there {
		w.essential = string(essential) == "true"
	}
	if values, there := how["values"]; there {
		if json.Unmarshal(values, &w.values) != nil || w.values == nil {
			return w, errClaims
		}
	}
	if value, there := how["value"]; there && string(value) != "null" {
		w.values = append(w.values, value)
	}
	return w, nil
}

// texts returns the values, which must be texts.
func (w wantedClaim) texts() ([]string, error) {
	list := make([]string, len(w.values))
	for i, value := range w.values {
		if !bytes.HasPrefix(value, []byte(`"`)) || json.Unmarshal(value, &list[i]) != nil {
			return nil, errClaims
		}
	}
	return list, nil
}

// checkClaims: an essential acr must be one that can be reached (section 5.5.1.1); a requested subject must be the one who signs in.
// Every other claim is given if the client may have it, and left out without an error if not (section 5.5.1).
func checkClaims(values url.Values, a *authorization) error {
	if !values.Has("claims") {
		return nil
	}
	wanted, err := parseClaims(values.Get("claims"))
	if err != nil {
		return invalidRequest("The claims parameter can't be read: it is a JSON object, with null or an object for each claim in id_token and userinfo.")
	}
	if err := checkWantedACR(wanted.idToken["acr"], a); err != nil {
		return err
	}
	if err := checkWantedSubject(wanted, a); err != nil {
		return err
	}
	a.asked.IDToken, a.asked.Userinfo = allowed(wanted.idToken, a.client), allowed(wanted.userinfo, a.client)
	return nil
}

func checkWantedACR(acr wantedClaim, a *authorization) error {
	values, err := acr.texts()
	if err != nil {
		return invalidRequest("The claims parameter asks for an acr that is no text.")
	}
	if len(values) == 0 {
		return nil
	}
	a.want(values) // it says more than acr_values, which can't be essential
	if acr.essential && a.acr() == "" {
		return &oidc.Error{ErrorType: codeUnmetRequirements}
	}
	return nil
}

func checkWantedSubject(wanted claimsRequest, a *authorization) error {
	for _, subject := range []wantedClaim{wanted.idToken["sub"], wanted.userinfo["sub"]} {
		people, err := subject.texts()
		if err != nil {
			return invalidRequest("The claims parameter asks for a sub that is no text.")
		}
		for _, person := range people {
			if person == "" || a.subject != "" && a.subject != idp.UserID(person) {
				return invalidRequest("The claims parameter names nobody, or different people.")
			}
			a.subject = idp.UserID(person)
		}
	}
	return nil
}

// allowed returns the claims, sorted, that there are and that the client may have.
func allowed(wanted map[string]wantedClaim, client idp.Client) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if scope := covering(name); scope != "" && mayAsk(client, scope) {
			list = append(list, name)
		}
	}
	return list
}
