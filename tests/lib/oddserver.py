class ServerError(Exception): pass
class OddServer: pass
def start(v,a): raise ServerError("soon")
