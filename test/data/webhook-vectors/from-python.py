# Vectors of the senders without a library in npm, by Python's hmac. Prints the second half of vectors.json.
import base64, hashlib, hmac, json

NOW = 1796119200000
SECONDS = str(NOW // 1000)
BODY = '{"action":"candidateHire","name":"Zo\u00eb \\u003c \U0001F680"}'
out = []

def mac(secret, text, digest="sha256"):
    return hmac.new(secret.encode(), text.encode() if isinstance(text, str) else text, getattr(hashlib, digest))

def add(sender, headers, secrets, body=BODY, **more):
    out.append({"sender": sender, "computedBy": "Python hmac", "secrets": secrets, "method": "POST", "url": "https://hub.example.com/api/v1/hooks/9",
                "headers": {"content-type": "application/json", **headers}, "body": body, "now": NOW, **more})

def b64(m): return base64.b64encode(m.digest()).decode()

add("greenhouse", {"signature": "sha256 " + mac("k", BODY).hexdigest(), "greenhouse-event-id": "1"}, ["k"])
add("ashby", {"ashby-signature": "sha256=" + mac("k", BODY).hexdigest()}, ["k"])
add("calCom", {"x-cal-signature-256": mac("k", BODY).hexdigest()}, ["k"])
add("checkr", {"x-checkr-signature": mac("k", BODY).hexdigest()}, ["k"])
add("gusto", {"x-gusto-signature": mac("k", BODY).hexdigest()}, ["k"])
add("indeed", {"x-indeed-signature": b64(mac("k", BODY, "sha1"))}, ["k"])
add("calendly", {"calendly-webhook-signature": f"t={SECONDS},v1=" + mac("k", f"{SECONDS}.{BODY}").hexdigest()}, ["k"])
add("docuSeal", {"x-docuseal-signature": f"{SECONDS}." + mac("k", f"{SECONDS}.{BODY}").hexdigest()}, ["k"])
add("docuSign", {"x-docusign-signature-1": b64(mac("retired", BODY)), "x-docusign-signature-2": b64(mac("k", BODY))}, ["other", "k"])
lever = {"token": "tok-9", "triggeredAt": NOW, "event": "candidateHired", "data": {}}
lever["signature"] = mac("per-event-2", f"tok-9{NOW}").hexdigest()
add("lever", {}, ["per-event-1", "per-event-2"], json.dumps(lever), uncovered=True)
escaped = json.dumps({"type": "JOB_APPLICATION", "name": "Zo\u00eb \U0001F680"})  # \u00eb \ud83d\ude80
add("linkedIn", {"x-li-signature": mac("k", "hmacsha256=" + escaped).hexdigest()}, ["k"], escaped)
add("linkedIn", {"x-li-signature": mac("k", "hmacsha256=" + escaped).hexdigest()}, ["k"], json.loads('"' + escaped.replace('"', '\\"') + '"'))
add("googleCalendar", {"x-goog-channel-id": "c", "x-goog-channel-token": "channel-secret", "x-goog-resource-state": "exists"}, ["channel-secret"], "", uncovered=True)
add("graph", {}, ["client-state"], json.dumps({"value": [{"clientState": "client-state", "resource": "a"}, {"clientState": "client-state", "resource": "b"}]}), uncovered=True)
print(json.dumps(out))
