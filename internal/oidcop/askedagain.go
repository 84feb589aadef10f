package oidcop

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/apscloud/apsid/internal/signin"
)

// askedAgain is the query of an authorization request that asks once more for what a sign-in was for. The browser has a session by then,
// so it is answered without a page: how old the sign-in might be, and whether a page might be shown, is not asked again.
//
// It is "" for a request that was pushed: nothing but its app can ask for that again.
func askedAgain(r signin.Request) string {
	if r.Pushed != "" {
		return ""
	}
	values := url.Values{"response_type": {"code"}, "resource": r.Resources}
	method := ""
	if r.CodeChallenge != "" {
		method = "S256" // the only one that there is
	}
	for name, value := range map[string]string{
		"client_id": string(r.ClientID), "redirect_uri": r.RedirectURI, "response_mode": r.ResponseMode, "scope": strings.Join(r.Scopes, " "),
		"state": r.State, "nonce": r.Nonce, "code_challenge": r.CodeChallenge, "code_challenge_method": method, "login_hint": r.LoginHint,
		"acr_values": acrAgain(r), "claims": claimsAgain(r), "dpop_jkt": r.JKT,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	return values.Encode()
}

// acrAgain is what was asked of the strength; a sign-in that the previous release began knows only what was preferred.
func acrAgain(r signin.Request) string {
	if asked := decodeAsked(r.Claims); len(asked.ACR) > 0 {
		return strings.Join(acrNames(asked.ACR), " ")
	}
	return string(r.RequestedACR)
}

// claimsAgain is the claims parameter with what the app asked for, and the person who must sign in; "" if it asked for nothing.
func claimsAgain(r signin.Request) string {
	var claims struct {
		IDToken  map[string]any `json:"id_token,omitempty"`
		Userinfo map[string]any `json:"userinfo,omitempty"`
	}
	if values, err := url.ParseQuery(r.Query); err == nil && values.Has("claims") {
		if json.Unmarshal([]byte(values.Get("claims")), &claims) != nil {
			return values.Get("claims") // what can't be read names no person: see named
		}
	}
	asked := decodeAsked(r.Claims)
	for _, names := range []struct {
		list []string
		in   *map[string]any
	}{{asked.IDToken, &claims.IDToken}, {asked.Userinfo, &claims.Userinfo}} {
		for _, name := range names.list {
			if *names.in == nil {
				*names.in = map[string]any{}
			}
			if _, named := (*names.in)[name]; !named {
				(*names.in)[name] = nil // as section 5.5.1 asks for a claim without more
			}
		}
	}
	if len(claims.IDToken)+len(claims.Userinfo) == 0 {
		return ""
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return "" // can't be: names and values came as JSON
	}
	return string(text)
}
