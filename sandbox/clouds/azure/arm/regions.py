# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Regions, and the two ways in which everybody writes them: 'koreacentral' and 'Korea Central'."""

from __future__ import annotations

import typing as t

# name: display name, geography group, physical location, longitude, latitude, paired region
# (learn.microsoft.com/azure/reliability/regions-list)
REGIONS: dict[str, tuple[str, str, str, str, str, str]] = {
    "koreacentral": ("Korea Central", "Asia Pacific", "Seoul", "126.978", "37.5665", "koreasouth"),
    "koreasouth": ("Korea South", "Asia Pacific", "Busan", "129.0756", "35.1796", "koreacentral"),
    "japaneast": ("Japan East", "Asia Pacific", "Tokyo, Saitama", "139.77", "35.68", "japanwest"),
    "japanwest": ("Japan West", "Asia Pacific", "Osaka", "135.5022", "34.6939", "japaneast"),
    "southeastasia": ("Southeast Asia", "Asia Pacific", "Singapore", "103.833", "1.283", "eastasia"),
    "eastasia": ("East Asia", "Asia Pacific", "Hong Kong", "114.188", "22.267", "southeastasia"),
    "eastus": ("East US", "US", "Virginia", "-79.8164", "37.3719", "westus"),
    "westus": ("West US", "US", "California", "-122.417", "37.783", "eastus"),
    "eastus2": ("East US 2", "US", "Virginia", "-78.3889", "36.6681", "centralus"),
    "centralus": ("Central US", "US", "Iowa", "-93.6208", "41.5908", "eastus2"),
    "northeurope": ("North Europe", "Europe", "Ireland", "-6.2597", "53.3478", "westeurope"),
    "westeurope": ("West Europe", "Europe", "Netherlands", "4.9", "52.3667", "northeurope"),
}


def canonical(location: str) -> str:
    """'Korea Central' → 'koreacentral'."""
    return "".join(location.split()).lower()


def display(location: str) -> str:
    """'koreacentral' → 'Korea Central'; unknown names as they are."""
    known = REGIONS.get(canonical(location))
    return known[0] if known else location


def as_json(name: str, subscription: str) -> dict[str, t.Any]:
    text, group, place, longitude, latitude, paired = REGIONS[name]
    base = f"/subscriptions/{subscription}/locations"
    return {
        "id": f"{base}/{name}",
        "name": name,
        "type": "Region",
        "displayName": text,
        "regionalDisplayName": f"({group}) {text}",
        "metadata": {
            "regionType": "Physical",
            "regionCategory": "Recommended" if name not in ("koreasouth", "japanwest", "westus", "centralus") else "Other",
            "geographyGroup": group,
            "longitude": longitude,
            "latitude": latitude,
            "physicalLocation": place,
            "pairedRegion": [{"name": paired, "id": f"{base}/{paired}"}],
        },
    }
