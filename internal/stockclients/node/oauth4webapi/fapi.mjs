import { readFile } from 'node:fs/promises'
import * as oauth from 'oauth4webapi'

const issuer = new URL(process.env.ISSUER)
export const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer))

// What a client of FAPI 2.0 needs: its own key, with which it authenticates, and a fresh one, to which its tokens are bound.
export async function client(client_id, keyFile) {
  const jwk = JSON.parse(await readFile(keyFile, 'utf8'))
  const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
  const known = { client_id, id_token_signed_response_alg: 'ES256' }
  const auth = oauth.PrivateKeyJwt({ key, kid: jwk.kid })
  const DPoP = oauth.DPoP(known, await oauth.generateKeyPair('ES256'))
  return { known, auth, DPoP }
}
