import * as oauth from 'oauth4webapi'
import { as, client } from './fapi.mjs'

const { MACHINE_ID, MACHINE_KEY_FILE, ISSUER } = process.env
const { known, auth, DPoP } = await client(MACHINE_ID, MACHINE_KEY_FILE)

const answer = await oauth.clientCredentialsGrantRequest(as, known, auth, { scope: 'practices:read' }, { DPoP })
const { access_token, token_type } = await oauth.processClientCredentialsResponse(as, known, answer)
const asked = await oauth.protectedResourceRequest(access_token, 'GET', new URL(ISSUER + '/api/v1/practices/prc_rota'), undefined, undefined, { DPoP })
const { name } = await asked.json()
console.log(`${token_type}: ${name}`)
