# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local cloud: an HTTPS forward proxy on loopback that answers for the real host names.

Clients get nothing but environment variables (proxy, certificate authority, made-up credentials), so the code under test
needs no hook and no other endpoint. It shares no code and no constants with the collection: what it knows about a cloud
comes from the vendor's documents and SDKs, and each operation says which (see sandbox.http.Operation).
"""
